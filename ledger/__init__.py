"""The pure core of Dengbu 登簿: formats, proofs, register and rules, without clock, randomness, I/O or floats.

Words used everywhere:

- *institution* 机构: a member of the network (registry, tax, bank, court, notary, bureau, utility company); it takes
  part through one *node* 节点.
- *event* 登记事件: a statement signed by an institution; the only way to ask for a change.
- *act* 登记行为: one registration act.
- *case* 案件: an application with its acts, of which all are entered or none.
- *decision* 处理结果: the outcome of an event under the rules; a refusal lists all its reasons.
- *entry* 账本条目: an event and its decision at one index of the log; its canonical bytes are a leaf of the tree.
- *register* 登记簿: the current state, which results from all entries together.
- *checkpoint* 检查点: the signed head of the log.
- *cosignature* 会签: an institution's signature on a checkpoint.
- *policy* 政策: the record of what the members have agreed on: quorums, what the automatic desk may enter, and the law that is
  kept as data, such as calendar and terms; `policy.set` changes it. The *trust policy* 会签规则, the file policy.txt, says whose
  cosignatures make a checkpoint final.
- *receipt* 回执: an entry, its inclusion proof and a cosigned checkpoint; it can be verified offline.

The packages, lowest first: `log`, `law`, `register`, `rules`, `events`, `acts` with their `catalogue`, `tax`, `cases`
and `network`; then `transition`, through which every decision passes, with `admission` before it. A package imports
only packages below it. `advisory` may import all of them, and nothing that decides may import it.

Trust: every event carries its author's signature. Every node executes every event by the same rules, and the decision
is inside the leaf, so nodes that disagree have different roots. An institution cosigns only what it has executed. A
receipt therefore needs only the trust policy of its network, and no single institution has to be believed. It proves
that something was entered at an index; it does not prove that it is still in force.
"""

__version__ = "0.2.0.dev0"
