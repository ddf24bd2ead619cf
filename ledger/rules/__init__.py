"""What a rule is, and what several rules share: who may ask, who must agree, what stands on a unit and still holds.

It may import the register, the law and the log. No act and no event is defined here: those
come above it, one file each.
"""
