"""The network's own events: its founding, who is a member, which keys are valid, what the policy says, who votes.

It may import the catalogue of acts, for a policy names acts, and what is below it. It knows no unit and no case: the network
would be the same if no title had ever been entered.
"""
