"""The network's own events: its founding, who is a member, which keys are valid, what the policy says, who votes.

It may import the rules and what is below them. It knows no unit and no case: the network would be the same if no title had
ever been entered.
"""
