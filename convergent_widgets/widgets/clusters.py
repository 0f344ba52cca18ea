"""The panel of clusters: the units of two nets, clustered together. The browser draws it; Python answers when asked."""

from __future__ import annotations

import traitlets

from convergent_widgets.widgets.views import View


class ClustersPanel(View):
    """The block matrix of both nets in the order of its clusters, and the units of the cluster that is chosen."""

    view = traitlets.Unicode("clusters").tag(sync=True)
