"""Which colours hold now: dark or light as the system says, dark where it says nothing."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette

from studio.ui.tokens import DARK, LIGHT, RADIUS, Tokens


class Theme(QObject):
    """The tokens of the moment; `changed` when the system goes from dark to light or back."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        hints = QGuiApplication.styleHints()
        self.tokens = _tokens(hints.colorScheme())
        hints.colorSchemeChanged.connect(self._follow)

    def _follow(self, scheme: Qt.ColorScheme) -> None:
        self.use(_tokens(scheme))

    def use(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.changed.emit()


def _tokens(scheme: Qt.ColorScheme) -> Tokens:
    return LIGHT if scheme == Qt.ColorScheme.Light else DARK


def palette(tokens: Tokens) -> QPalette:
    """For what Qt draws itself: dialogs, selections, tool tips."""
    made = QPalette()
    roles = QPalette.ColorRole
    for role, colour in (
        (roles.Window, tokens.window),
        (roles.Base, tokens.panel),
        (roles.AlternateBase, tokens.raised),
        (roles.Button, tokens.raised),
        (roles.ToolTipBase, tokens.raised),
        (roles.WindowText, tokens.text),
        (roles.Text, tokens.text),
        (roles.ButtonText, tokens.text),
        (roles.ToolTipText, tokens.text),
        (roles.PlaceholderText, tokens.quiet),
        (roles.Highlight, tokens.accent),
        (roles.HighlightedText, tokens.on_accent),
        (roles.Accent, tokens.accent),
    ):
        made.setColor(role, QColor(colour))
    return made


def style_sheet(tokens: Tokens) -> str:
    """For the few plain widgets; everything with a state of its own is painted."""
    return f"""
    QWidget#window {{ background: {tokens.window}; }}
    QWidget#panel {{ background: {tokens.panel}; }}
    QWidget#well {{ background: {tokens.well}; border-radius: {RADIUS}px; }}
    QLabel {{ color: {tokens.text}; background: transparent; }}
    QLabel[quiet="true"] {{ color: {tokens.quiet}; }}
    QToolTip {{
        color: {tokens.text}; background: {tokens.raised}; border: 1px solid {tokens.outline}; padding: 6px;
    }}
    QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
    QScrollBar::handle:vertical {{ background: {tokens.outline}; border-radius: 4px; min-height: 44px; margin: 2px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}
    """
