"""Legal forms of companies by country: what cleanco knows, and what it lacks.

A form is a tuple of folded tokens with its class: two names whose classes differ ("Acme GmbH", "Acme AG") are two legal
persons until somebody says otherwise. Forms that are ordinary words elsewhere count only in their own countries.
"""

# ruff: noqa: RUF001  (forms are written in their own letters)

from __future__ import annotations

from functools import lru_cache

from cleanco.termdata import terms_by_country

from accounts.domain.folding import tokens

# Plain in every country: nobody's brand ends like this. Each line is one class; its first form names it.
_ANYWHERE = """
ltd | limited | l.t.d | ltd. co | company limited | co ltd | pty ltd | pty limited | proprietary limited | pte ltd | \
pte limited | pvt ltd | pvt limited | private limited | private ltd | (pty) ltd | (pvt) ltd | \
(private) limited | pty | pte | pvt
co | company
inc | incorporated | co inc | company inc
corp | corporation
llc | l.l.c | limited liability company | ltd liability co
llp | limited liability partnership
lllp
lp | limited partnership
plc | p.l.c | public limited company
pllc
gmbh | g.m.b.h | ges.m.b.h | gesmbh | mbh | gesellschaft mit beschränkter haftung
gmbh & co kg | mbh & co kg | gmbh und co kg | gmbh & cie kg | gmbh & co. kommanditgesellschaft
ag & co kg
ag & co kgaa | kgaa | se & co kgaa | gmbh & co kgaa
se & co kg
ag | aktiengesellschaft
kg | co kg | & co kg | kommanditgesellschaft
ohg | gmbh & co ohg
gbr
ug | ug haftungsbeschränkt | ug (haftungsbeschränkt)
ggmbh
sarl | s.à r.l | s.à.r.l | sàrl | société à responsabilité limitée
sas | société par actions simplifiée
sasu
eurl
sa | s.a | société anonyme | sociedad anónima | sociedade anônima | s/a
sau
sau de cv | sa de cv | sab de cv | sapi de cv
s de rl de cv | s de rl | s. de r.l. de c.v
srl | s.r.l | srls
spa | s.p.a | società per azioni
scarl | scrl
sl | s.l | sociedad limitada
slu
ltda | limitada | cia ltda | eireli
lda | unipessoal lda
bv | b.v | besloten vennootschap
nv | n.v | naamloze vennootschap
bvba
sprl
oy | osakeyhtiö | oy ab
oyj | oyj abp
ab | aktiebolag | aktiebolaget | ab (publ) | ab publ
aps | anpartsselskab
aktieselskab | aksjeselskap
asa
sro | s.r.o | spol s r.o | spol. sro | společnost s ručením omezeným
kft
zrt
nyrt
doo | d.o.o
dooel
ood
eood
ead
uab
sp zoo | sp z oo | sp z o o | spółka z o.o | spółka z ograniczoną odpowiedzialnością | sp zoo sp k
sdn bhd | sendirian berhad
bhd | berhad
kk | k.k | kabushiki kaisha | kabushiki gaisha
gk | godo kaisha
tov
ooo | ооо
oao | оао
zao | зао
pao | пао
ао
тов
оод
еоод
еад
ltd şti | limited şirketi
"""

# By ISO code: what is missing from cleanco, or ours to class.
_OURS = {
    "AE": "fz llc | fzllc; fze; fzco; dmcc; pjsc",
    "AT": "kg | keg; og | oeg; eu | e.u; gen | egen",
    "AU": "ltd | p/l | pl; coop | co-op | co operative ltd; nl",
    "BE": "asbl; vzw; cvba; scrl; srl; bv",
    "BG": "ад; ет; ad; et",
    "BR": "me; epp; ltda me | ltda epp; cia",
    "BY": "одо; чуп; оао; зао",
    "CA": "ltée | ltee | limitée; inc | enr; ulc",
    "CH": "gmbh | sàrl | sagl; genossenschaft; ag",
    "CL": "spa; eirl",
    "CN": "ltd | co ltd | company ltd",
    "CO": "sas; ltda",
    "CZ": "as | a.s | akciová společnost | akc spol; vos; ks; zs; sp | s.p",
    "DE": "e.v | ev | eingetragener verein; eg | e.g; ek | e.k | e.kfm | e.kfr; "
    "partg | partg mbb | partgmbb; stiftung; ewiv",
    "DK": "as | a/s | aktieselskab; ivs; is | i/s; ks | k/s; ps | p/s; amba | a.m.b.a; fmba; smba",
    "EE": "oü | osaühing; as | aktsiaselts; fie; mtü; tü; uü",
    "ES": "sl | sll | slp | slne; sa | sad; sccl; coop v; sc; cb; aie; ute",
    "FI": "ay; ky; tmi | t:mi; osk; ry | r.y",
    "FR": "sci; snc; scop; sem; gie; sca; scs; ei; selarl; selas; earl; gaec; asso",
    "GB": "cic; cio; cyf | cyfyngedig; ccc; bencom; ltd | (uk) ltd",
    "GR": "ae | α.ε | αε; epe | επε; ike | ικε; oe; ee",
    "HK": "ltd | co ltd",
    "HR": "jdoo; dd; obrt; kd; jtd",
    "HU": "bt; rt; ev; kkt; kht",
    "ID": "tbk; pt; cv; persero",
    "IE": "dac; clg; uc; teo | teoranta; cpt",
    "IL": "ltd | b.m | bm",
    "IN": "ltd | pvt | p ltd | opc pvt ltd; llp",
    "IS": "ehf; hf; ohf; slf",
    "IT": "spa | sp.a; srl; sas; snc; ss; soc coop | societa cooperativa; scpa; sapa; srl unipersonale; sapa",
    "JP": "kk | co ltd | ltd | kabushiki; yk; gk | llc",
    "KR": "ltd | co ltd",
    "KZ": "тоо | too; ао",
    "LI": "anstalt; est | establishment; trust reg",
    "LT": "uab; ab; mb; iį; vši | vsi",
    "LU": "sarl | s.à r.l; sca; scs; sicav; secs; asbl",
    "LV": "sia; as; ik; ps",
    "MX": "sa | sab | sapi; sc; ac; s de rl; sofom",
    "MY": "plt",
    "NL": "vof; cv | c.v; coöperatie | coop | coöperatief | ua | u.a; stichting",
    "NO": "as | a/s | aksjeselskap; ans; da; enk; nuf; sa; ba; iks; ks",
    "NZ": "ltd; lp",
    "PH": "inc | corp; opc",
    "PL": "spj | sp j | spółka jawna; spk | sp k | spółka komandytowa; ska; spp; psa; sc",
    "PT": "lda; sgps; crl; unip lda | unipessoal",
    "RO": "srl | s.c; sa; snc; pfa; ra",
    "RS": "ад; доо | доо; ad; pr",
    "RU": "ип; нпо; фгуп; гуп; ано; нао; чоу | чу; ao",
    "SA": "psc; cjsc",
    "SE": "ab; hb; kb; ek för; bab",
    "SG": "ltd | pl; llp",
    "SI": "dd; dno; sp; kd; zoo",
    "SK": "as | a.s; vos; ks",
    "TH": "pcl | public company limited; ltd | co ltd",
    "TR": "as | a.ş | aş | anonim sirketi; ltd şti | limited şirketi; kollşti",
    "TW": "ltd | co ltd | company ltd",
    "UA": "тов | tov; ат | at; пат | pat; прат | prat; фоп | fop; пп | pp; дп",
    "US": "pc; pa; co; company; na | n.a; lc; pbc; trust; co op | coop; inc | corp inc; ltd | co ltd",
    "VN": "jsc; joint stock company; co ltd",
    "ZA": "cc; npc; soc; ltd | (pty) ltd | pty ltd",
}

# In front of the name, in these countries; "" is every country.
_BEFORE = {
    "": "ооо; оао; зао; пао; ао; тов; uab; общество с ограниченной ответственностью; акционерное общество; "
    "закрытое акционерное общество; открытое акционерное общество",
    "BE": "nv; sa; bv; sprl; bvba; vzw; asbl",
    "BG": "ет; et",
    "BY": "одо; чуп; ooo; zao; oao",
    "EE": "oü; as; mtü",
    "FI": "oy; oy ab; ab",
    "FR": "sas; sarl; sa; eurl; sasu; snc; sci; société; ste",
    "ID": "pt; cv; ud",
    "KZ": "тоо; too",
    "LT": "ab; mb; všį",
    "LV": "sia; as",
    "RO": "sc",
    "RU": "ooo; oao; zao; pao; ao; ип; фгуп; гуп; ано; нао; нпо",
    "SE": "ab; aktiebolaget",
    "UA": "tov; ат; пат; прат; фоп; пп; дп; pat; prat",
    "VN": "công ty tnhh; công ty cổ phần; công ty tnhh mtv; cong ty tnhh; cong ty co phan",
}

# Scripts that write without spaces: cut from either end of the name.
GLUED = {
    "股份有限公司": "股份", "股份公司": "股份",
    "有限责任公司": "有限", "有限責任公司": "有限", "有限公司": "有限", "無限公司": "無限",
    "株式会社": "株", "(株)": "株", "有限会社": "有", "(有)": "有", "合同会社": "同", "(同)": "同", "合資会社": "資",
    "一般社団法人": "社", "주식회사": "주", "(주)": "주", "유한회사": "유", "(유)": "유", "유한책임회사": "유책",
}  # fmt: skip

# cleanco names countries its own way.
_CODES = {
    "Albania": "AL", "Argentina": "AR", "Australia": "AU", "Austria": "AT", "Belarus": "BY", "Belgium": "BE",
    "Bosnia / Herzegovina": "BA", "Bulgaria": "BG", "Cambodia": "KH", "Canada": "CA", "Chile": "CL", "Columbia": "CO",
    "Croatia": "HR", "Czech Republic": "CZ", "Denmark": "DK", "Dominican Republic": "DO", "Ecuador": "EC",
    "Egypt": "EG", "Estonia": "EE", "Finland": "FI", "France": "FR", "Germany": "DE", "Greece": "GR",
    "Guatemala": "GT", "Haiti": "HT", "Hong Kong": "HK", "Hungary": "HU", "Iceland": "IS", "India": "IN",
    "Indonesia": "ID", "Ireland": "IE", "Israel": "IL", "Italy": "IT", "Japan": "JP", "Latvia": "LV", "Lebanon": "LB",
    "Lithuania": "LT", "Luxemborg": "LU", "Macedonia": "MK", "Malaysia": "MY", "Mexico": "MX", "Mongolia": "MN",
    "Netherlands": "NL", "New Zealand": "NZ", "Nigeria": "NG", "Norway": "NO", "Oman": "OM", "Pakistan": "PK",
    "Peru": "PE", "Philippines": "PH", "Poland": "PL", "Portugal": "PT", "Romania": "RO", "Russia": "RU",
    "Serbia": "RS", "Singapore": "SG", "Slovenia": "SI", "Slovakia": "SK", "Spain": "ES", "Sweden": "SE",
    "Switzerland": "CH", "Turkey": "TR", "Ukraine": "UA", "United Kingdom": "GB", "United States of America": "US",
    "Uzbekistan": "UZ",
}  # fmt: skip

# The European company stands in every country of the union and its neighbours.
_SE = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"

# Of cleanco's terms these are words or abbreviations of many brands; where we want them, they stand above.
_TOO_COMMON = frozenset({"private", "ent", "es", "fund", "unlimited", "other", "ad", "et"})

Form = tuple[str, ...]


@lru_cache(maxsize=512)
def endings(country: str) -> dict[Form, str]:
    """The forms that may end a name in a country ("" = not known), each with its class."""
    forms = _classes(_ANYWHERE.replace("\\\n", "").strip().split("\n"))
    if not country:
        return forms
    own = _classes(_OURS.get(country, "").split(";"))
    if country in _SE:
        own["se",] = "se"
    for term in _cleanco().get(country, ()):
        form = tuple(tokens(term))
        if form and " ".join(form) not in _TOO_COMMON:
            own.setdefault(form, forms.get(form, " ".join(form)))
    return forms | own


@lru_cache(maxsize=512)
def beginnings(country: str) -> dict[Form, str]:
    """The forms that may stand before a name in a country."""
    known = endings(country)
    listed = ";".join((_BEFORE[""], _BEFORE.get(country, ""))).split(";")
    return {form: known.get(form, " ".join(form)) for text in listed if (form := tuple(tokens(text)))}


def _classes(lines: list[str]) -> dict[Form, str]:
    forms: dict[Form, str] = {}
    for line in lines:
        names = [tuple(tokens(text)) for text in line.split("|")]
        for form in names:
            if form:
                forms.setdefault(form, " ".join(names[0]))
    return forms


@lru_cache(maxsize=1)
def _cleanco() -> dict[str, list[str]]:
    return {code: list(terms_by_country[name]) for name, code in _CODES.items() if name in terms_by_country}
