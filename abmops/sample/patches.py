"""The territories of the sample: where its people work and its companies are, and how names sound there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patch:
    """A territory: its countries, the zone its people work in, and how its names sound."""

    slug: str
    name: str
    countries: tuple[str, ...]
    time_zone: str
    first: tuple[str, ...]
    last: tuple[str, ...]


# fmt: off
PATCHES: tuple[Patch, ...] = (
    Patch(
        "dach", "DACH", ("DE", "AT", "CH"), "Europe/Berlin",
        (
            "Anna", "Lukas", "Ines", "Jonas", "Petra", "Marek", "Greta", "Felix", "Heike", "Stefan", "Miriam",
            "Tobias", "Sabine", "Ralf",
        ),
        (
            "Aldana", "Reith", "Wolny", "Brandt", "Kessler", "Oberlin", "Vogt", "Amrein", "Zander", "Hofer",
            "Lenz", "Stadler", "Roth", "Egli",
        ),
    ),
    Patch(
        "nordics", "Nordics", ("SE", "NO", "DK", "FI"), "Europe/Stockholm",
        (
            "Maja", "Erik", "Sanna", "Olav", "Freja", "Mikko", "Ida", "Nils", "Ronja", "Aksel", "Tuva",
            "Jesper", "Linnea", "Kaare",
        ),
        (
            "Lindholm", "Eriksen", "Haugen", "Virtala", "Dahlin", "Skov", "Bergset", "Nygren", "Rask",
            "Holmberg", "Lunde", "Salmi", "Falk", "Thorsen",
        ),
    ),
    Patch(
        "uk-ireland", "UK & Ireland", ("GB", "IE"), "Europe/London",
        (
            "Amara", "Callum", "Niamh", "Oliver", "Priya", "Rhys", "Saoirse", "Tom", "Imogen", "Declan",
            "Harriet", "Kwame", "Orla", "Jack",
        ),
        (
            "Osei", "Whitlock", "Brennan", "Hargrove", "Patel", "Sutcliffe", "Doyle", "Ashworth", "Byrne",
            "Langley", "Moss", "Kavanagh", "Thorne", "Redfern",
        ),
    ),
)
# fmt: on
