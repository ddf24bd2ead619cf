"""Other nodes. The two halves stand far apart: `client` asks them and is below finality, `server` answers them and is above
the engines. Neither imports the other.
"""
