"""Configuration: which file sets what for a path, what it may set, and what comes of it.

``finder`` walks up from a path, ``reading`` checks a file by the table in ``keys``, ``effective``
joins it with the command line to the ``Options`` of one file. Nothing but ``finder`` and
``options`` is imported where no configuration is found.
"""
