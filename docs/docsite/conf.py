# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx for the site that ``make docs`` builds. Nothing is fetched: no inventories of other sites, no fonts, no scripts."""

project = "whm.mail"
html_title = "whm.mail"
copyright = "the whm.mail contributors"  # noqa: A001  (the name that Sphinx gives it)

extensions = ["myst_parser", "sphinx_antsibull_ext"]

# The guides are read on a code host too: its anchors, and no markup that it does not know.
myst_heading_anchors = 4
myst_links_external_new_tab = False

root_doc = "docs/docsite/index"
default_role = "any"
highlight_language = "yaml+jinja"
pygments_style = "default"

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["whm-mail.css"]
html_copy_source = False
html_show_sphinx = False

# Colours of the tables of options and return values, for the light and for the dark: those that they come with know neither the
# theme's button nor what it does on paper.
antsibull_ext_color_scheme = "none"
_LIGHT = {"name": "#7a1f7a", "must": "#a8201a", "fresh": "#1e6b2e", "value": "#174ea6", "partly": "#7a5600"}
_DARK = {"name": "#e3a5e3", "must": "#ff9d94", "fresh": "#86d48f", "value": "#9cc3ff", "partly": "#e6c060"}


def _colours(tones: dict[str, str]) -> dict[str, str]:
    tables = {
        "links-background": "var(--color-background-secondary)",
        "links-background-active": "var(--color-background-hover)",
        "links-focus-outline": "var(--color-brand-content)",
        "links-text": "var(--color-foreground-primary)",
        "table-background-header": "var(--color-background-secondary)",
        "table-background-even": "var(--color-background-primary)",
        "table-background-odd": "var(--color-background-secondary)",
        "table-border": "var(--color-background-border)",
        "narrowtable-background": "var(--color-background-border)",
        "option-type": tones["name"],
        "option-elements": tones["name"],
        "option-required": tones["must"],
        "option-version-added": tones["fresh"],
        "option-aliases": tones["fresh"],
        "option-default": tones["value"],
        "option-sample": tones["value"],
        "option-sample-header": "var(--color-foreground-primary)",
        "attribute-support-none": tones["must"],
        "attribute-support-partial": tones["partly"],
        "attribute-support-full": tones["fresh"],
        "attribute-support-na": "inherit",
        "deprecation-border": "var(--color-foreground-border)",
        "deprecation-background": "var(--color-background-secondary)",
        "deprecation-color": "var(--color-foreground-primary)",
    }
    return {f"antsibull-{name}": colour for name, colour in tables.items()}


html_theme_options = {
    "top_of_page_buttons": [],
    "light_css_variables": _colours(_LIGHT),
    "dark_css_variables": _colours(_DARK),
}
