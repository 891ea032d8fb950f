"""What the editor knows, without Qt: the session with its history and its file, what it names, and who is told.

``EditorState`` is the one thing that changes; everything else here is plain data or a function over it.
"""

from afxplugin.editor.state.state import EditorState as EditorState
