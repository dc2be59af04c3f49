"""What runs in the fork server, its supervisors and the programs: a closed environment, the standard library, Linux.

The modules import each other relatively: the fork server loads this folder as a package of its own, so that nothing
else of the bot is ever in its memory.
"""
