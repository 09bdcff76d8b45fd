"""The language of rule conditions: parsed, checked against types, evaluated in three values.

``parse`` makes nodes of a text, ``check`` finds the type of a node or the author's mistake, and
``evaluate`` turns a node into a function of a scope. ``template`` does the same for messages.
"""
