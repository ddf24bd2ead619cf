"""What each institution may see, and the one way in which it writes.

It may import shapes and the edge. Records become answers here and nowhere else: what `views` leaves out, nobody gets.
"""
