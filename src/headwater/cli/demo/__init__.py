"""`headwater demo`: a small plan, worked by three real MCP client processes.

Nothing is acted: the workers are clients of `headwater serve`, the briefings that decide what they
do come from the server, one of them is really killed, and the picture is read from the board.
"""
