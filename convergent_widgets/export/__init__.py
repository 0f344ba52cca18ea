"""Pages without a kernel: the Explorer with the answers it needs, in one file that asks nobody.

`Explorer.export_html` and `convergent-widgets export` write them.
"""

from convergent_widgets.export.lesson import Exported, Lesson, export_html, export_size
from convergent_widgets.export.sizes import Sizes

__all__ = ["Exported", "Lesson", "Sizes", "export_html", "export_size"]
