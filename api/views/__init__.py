"""What each institution may see, and the one way in which the API writes.

It may import shapes and the edge. Records become answers here and nowhere else: nobody gets what `views` leaves out.
"""
