"""The pure heart of Dengbu 登簿: formats, proofs, register and rules; no clock, randomness, I/O or floats.

Words used everywhere:

- *institution* 机构: a member of the network (registry, tax, bank, court, notary, bureau, utility company); it takes part by
  one *node* 节点.
- *event* 登记事件: a statement signed by an institution; the only way to ask for a change.
- *act* 登记行为, *case* 案件: one registration act; an application with its acts, which are entered all or
  none.
- *decision* 处理结果: what the rules say to an event; a refusal lists all its reasons.
- *entry* 账本条目: event and decision at one index of the log; its canonical bytes are a leaf of the tree.
- *register* 登记簿: the current state, which is what all entries together amount to.
- *checkpoint* 检查点, *cosignature* 会签, *policy* 会签规则: signed head of the log; an institution's
  signature on it; who suffices.
- *receipt* 回执: an entry, its inclusion proof and a cosigned checkpoint; verifies offline.

The rooms, lowest first: `log`, `law`, `register`, `rules`, `tax`, `events` and `network`, `acts`, `cases`; then
`transition`, the one door, with `admission` before it. A room imports rooms below it. `advisory` looks at all of them, and
nothing that decides looks at it.

Trust: every event carries its author's signature; every node executes every event by the same rules, and the
decision is inside the leaf, so nodes that disagree have different roots. An institution cosigns only what it
has executed. A receipt therefore needs nothing but the policy file of its network, and no single institution
has to be believed. It proves that something was entered at an index; it does not prove that it is still in
force.
"""

__version__ = "0.2.0.dev0"
