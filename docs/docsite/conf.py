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
html_theme_options = {"top_of_page_buttons": []}
