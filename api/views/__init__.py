"""What each institution may see, what the API derives from the log, and the one way in which it writes.

It may import shapes and the edge. Records become answers here and nowhere else: nobody gets what `views` leaves out.
"""
