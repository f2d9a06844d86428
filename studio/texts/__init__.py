"""Work on texts in a process beside the window: previews, comparing, searching. No Qt, no torch.

A search pattern of the user's, or JSON of many megabytes, holds Python's lock for as long as it takes: in a thread of
the window it would hold up the window itself. Here it holds up this process alone, and one that hangs is ended.
"""
