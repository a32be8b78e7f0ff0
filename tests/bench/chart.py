# SPDX-License-Identifier: Apache-2.0
"""A bar chart of ratios as SVG: a bar to the right of 1 is faster, one to the left slower."""
import html
import math

ROW, LEFT, WIDTH, LEAST, MOST = 18, 330, 420, 0.25, 8


def place(ratio):
    """On a logarithmic scale, so that twice and half are equally far from 1."""
    inside = min(max(ratio, LEAST), MOST)
    return LEFT + WIDTH * math.log(inside / LEAST) / math.log(MOST / LEAST)


def bar(y, name, ratio):
    begin, end = sorted((place(1), place(ratio)))
    colour = '#2f7d4f' if ratio >= 1 else '#b3403a'
    return (f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{html.escape(name)}</text>'
            f'<rect x="{begin:.1f}" y="{y + 3}" width="{max(end - begin, 1):.1f}" height="{ROW - 6}" fill="{colour}"/>'
            f'<text x="{LEFT + WIDTH + 8}" y="{y + 13}">{ratio:.2f}</text>')


def chart(rows, heading):
    """rows: (name, ratio or None for one that was not measured)."""
    rows = [(name, ratio) for name, ratio in rows if ratio]
    height = 60 + ROW * len(rows)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 60}" height="{height}" '
             'font-family="sans-serif" font-size="12" fill="#333">',
             f'<rect width="100%" height="100%" fill="#fff"/><text x="8" y="20" font-size="15">{html.escape(heading)}</text>']
    for tick in (0.25, 0.5, 1, 2, 4, 8):
        x = place(tick)
        lines.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="48" y2="{height - 8}" stroke="#bbb" '
                     f'stroke-width="{2 if tick == 1 else 1}"/><text x="{x:.1f}" y="42" text-anchor="middle">{tick:g}</text>')
    lines += [bar(50 + ROW * n, name, ratio) for n, (name, ratio) in enumerate(rows)]
    return '\n'.join(lines) + '\n</svg>\n'
