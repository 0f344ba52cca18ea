"""The colours of r and of the nets, in widgets and figures alike; distinguishable with any colour vision.

Those of r are the light ones of js/palette.js, from r = -1 to 1 in equal steps; tests/test_figures.py compares them.
"""

R_STOPS = (
    "#0b3c72",
    "#2166ac",
    "#4393c3",
    "#92c5de",
    "#d3e5f0",
    "#f6f6f6",
    "#fcdcc8",
    "#f3a582",
    "#d6604d",
    "#b2182b",
    "#7a0c22",
)
NO_CORRELATION = "#b9bec7"
NETS = ("#2f86cc", "#b8811c", "#1f9c7a", "#c2609f", "#8b73e0", "#8f8f2e", "#d0595f", "#2f98ad")
