"""The language server: each feature a pure function of a document, and a thin layer of protocol.

``positions`` counts as editors do, ``documents`` holds what is open, ``snapshot`` is a document as
features see it, ``cursor`` says where in it somebody types. The modules named after features know
offsets only; ``convert`` and ``server`` alone know the protocol, and need the extra ``lsp``.
"""
