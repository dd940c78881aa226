"""The order of labels that have an evident one: bands of numbers, and the scales of questionnaires."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import NamedTuple

FEWEST_LABELS = 3  # two have no order that matters
MOST_BANDS = 30
MOST_SINGLE = 10  # numbers among bands; more are measurements, some of them beyond a limit
NUMBER = r"[$€£]?\s*(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*([kKmM](?![A-Za-z]))?\s*[€%]?"
UNIT = r"(?:\s*[A-Za-z]{1,8}\.?(?: old)?)?"
RANGE = re.compile(rf"{NUMBER}{UNIT}\s*(?:-|\u2013|\u2014|to|until|bis)\s*{NUMBER}{UNIT}")
FROM = re.compile(
    rf"(?:>=?|≥|over|above|more than|at least)\s*{NUMBER}{UNIT}"
    rf"|{NUMBER}{UNIT}\s*(?:\+|plus|(?:and|or) (?:over|more|older|above|up|higher)){UNIT}",
    re.IGNORECASE,
)
UP_TO = re.compile(
    rf"(?:<=?|≤|under|below|less than|fewer than|up to|at most)\s*{NUMBER}{UNIT}"
    rf"|{NUMBER}{UNIT}\s*(?:and|or) (?:under|less|fewer|younger|below|lower)",
    re.IGNORECASE,
)
SINGLE = re.compile(NUMBER + UNIT)
SIGNED = r"\s*(-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|inf))\s*"
NO_UNITS = re.compile(  # words of bands; k is a thousand
    "to|until|bis|over|above|more|than|at|least|plus|and|or|older|up|higher|under|below|less|fewer|most|younger"
    "|lower|old|k"
)
CUT = re.compile(rf"[(\[]{SIGNED},{SIGNED}[)\]]")  # as pandas.cut writes it
# Words in the order of what they say; those with '|' between them say the same.
SCALES = tuple(
    tuple(rank.strip().split("|") for rank in scale.split("<"))
    for scale in (
        "strongly disagree|disagree strongly|completely disagree|totally disagree < disagree|mostly disagree"
        " < somewhat disagree|slightly disagree|disagree somewhat|disagree slightly|disagree a little"
        " < neutral|neither|undecided|neither agree nor disagree|neither disagree nor agree"
        " < somewhat agree|slightly agree|agree somewhat|agree slightly|agree a little"
        " < agree|mostly agree < strongly agree|agree strongly|completely agree|totally agree",
        "very dissatisfied|very unsatisfied < dissatisfied|unsatisfied < somewhat dissatisfied"
        " < neutral|neither|neither satisfied nor dissatisfied"
        " < somewhat satisfied < satisfied < very satisfied",
        "very unlikely|extremely unlikely < unlikely < somewhat unlikely"
        " < neutral|neither|neither likely nor unlikely"
        " < somewhat likely < likely < very likely|extremely likely",
        "not at all important|not important|unimportant < slightly important"
        " < somewhat important|moderately important < important < very important < extremely important",
        "never < almost never|hardly ever < rarely|seldom < sometimes|occasionally < often|frequently"
        " < very often|usually|mostly < almost always < always",
        "not at all|none < slightly|a little|a little bit < somewhat|moderately"
        " < quite a bit|very|a lot|considerably < very much|extremely",
        "very low < low < medium|moderate|middle|average|normal < high < very high",
        "very small < small < medium|middle|average|normal < large|big < very large",
        "very poor|very bad < poor|bad < fair|average|okay|ok < good < very good < excellent",
        "none|no|absent < minimal < mild|slight|light < moderate|medium < severe|heavy|strong < very severe",
        "weak < medium|moderate < strong < very strong",
        "beginner < intermediate < advanced < expert",
        "primary < secondary < tertiary",
        "first|1st < second|2nd < third|3rd < fourth|4th < fifth|5th",
    )
)


class Ordered(NamedTuple):
    """Labels in their order, and why it is theirs."""

    labels: tuple[str, ...]
    reason: str


def in_order(labels: Collection[str]) -> Ordered | None:
    """Labels of text in their order, where that is evident, else None.

    That is where all of them are bands of numbers none of which overlap, as "18-24", "25-34" and "35+", or
    are on one scale, as "disagree", "neutral" and "agree", and are three or more.

    >>> in_order({"35+", "18-24", "25-34"})
    Ordered(labels=('18-24', '25-34', '35+'), reason='bands of numbers')
    >>> in_order({"High", "Low", "Medium"}).labels, in_order({"north", "south", "west"})
    (('Low', 'Medium', 'High'), None)
    """
    if not FEWEST_LABELS <= len(labels) <= MOST_BANDS:
        return None
    for order, reason in ((_by_bands, "bands of numbers"), (_by_scale, "words of one scale")):
        found = order(labels)
        if found is not None:
            return Ordered(found, reason)
    return None


def _by_bands(labels: Collection[str]) -> tuple[str, ...] | None:
    """The labels in the order of their bands.

    None if one is no band, all are numbers, some overlap, or they are of several units, as days and weeks.
    """
    bands = {label: _band(label.strip()) for label in labels}
    single = sum(bool(SINGLE.fullmatch(label.strip())) for label in labels)
    if None in bands.values() or single > MOST_SINGLE or single == len(labels) or len(_units(labels)) > 1:
        return None
    known = [(*band, label) for label, band in bands.items() if band is not None]
    known.sort(key=lambda band: band[:2])
    apart = all(first[0] < later[0] and first[1] <= later[0] for first, later in pairwise(known))
    return tuple(label for _, _, label in known) if apart else None


def _band(label: str) -> tuple[float, float] | None:
    """The ends of a band of numbers, which may be infinite."""
    if cut := CUT.fullmatch(label):
        low, high = float(cut[1]), float(cut[2])
    elif ends := RANGE.fullmatch(label):
        (low, high) = _numbers(ends, ends[4])
    elif end := FROM.fullmatch(label):
        low, high = next(_numbers(end)), math.inf
    elif end := UP_TO.fullmatch(label):
        low, high = -math.inf, next(_numbers(end))
    elif end := SINGLE.fullmatch(label):
        low = high = next(_numbers(end))
    else:
        return None
    return (low, high) if low <= high else None


def _units(labels: Collection[str]) -> set[str]:
    """The units in bands; M is one, such as of months, unless it stands for millions beside no other."""
    texts = [label.casefold() for label in labels if not CUT.fullmatch(label)]
    words = {word for text in texts for word in re.findall("[a-z]+", text) if not NO_UNITS.fullmatch(word)}
    return {word if len(word) < 3 else word.removesuffix("s") for word in words}


def _numbers(match: re.Match[str], thousand: str | None = None) -> Iterator[float]:
    """The numbers of a match, as 40000 for "40k"; those without a sign for thousands have the given one."""
    groups = match.groups()
    for digits, sign in zip(groups[::2], groups[1::2], strict=True):
        if digits is not None:
            times = {"k": 1e3, "m": 1e6}.get((sign or thousand or "").lower(), 1.0)
            yield float(digits.replace(",", "")) * times


def _by_scale(labels: Collection[str]) -> tuple[str, ...] | None:
    """The labels in the order of a scale that has them all, each at a place of its own."""
    words = {label: re.sub(r"[\s_-]+", " ", _unnumbered(label)).strip().casefold() for label in labels}
    for scale in SCALES:
        place = {word: rank for rank, same in enumerate(scale) for word in map(str.strip, same)}
        ranks = {label: place.get(word, -1) for label, word in words.items()}
        if -1 not in ranks.values() and len(set(ranks.values())) == len(ranks):
            return tuple(sorted(ranks, key=ranks.__getitem__))
    return None


def _unnumbered(label: str) -> str:
    """A label without the number that stands before it, as in "5 - Strongly agree"."""
    return re.sub(r"^\s*\(?\d{1,2}\)?\s*[-\u2013.:=)]?\s+", "", label)
