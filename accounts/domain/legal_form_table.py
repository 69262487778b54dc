"""The legal forms that we know besides cleanco's: in every country, by country, before the name, in scripts without
spaces. Forms of one class stand between two ";" (or on one line), its spellings between two "|"."""

# ruff: noqa: RUF001  (forms are written in their own letters)

from __future__ import annotations

# Plain in every country: nobody's brand ends like this. Each line is one class; its first form names it.
ANYWHERE = """
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
OURS = {
    "AE": "fz llc | fzllc; fze; fzco; dmcc; pjsc",
    "AL": "sha | sh.a; shpk | sh.p.k",
    "AR": "s coop | soc coop; soc col",
    "AT": "kg | keg; og | oeg; eu | e.u; gen | egen; sce",
    "AU": (
        "ltd | p/l | pl; coop | co-op | co operative ltd; nl; proprietary ltd | proprietary; cooperative ltd "
        "| co-operative ltd | cooperative | co-operative; no liability; ilp"
    ),
    "AW": "avv; vba; vof",
    "AZ": "mmc; asc; qsc",
    "BA": "ad; dd; doo",
    "BE": (
        "asbl; vzw; cvba; scrl; srl; bv; aisbl | isbl; comm v | commv | scomm; cv; esv; ebvba; vof | snc; "
        "geie | eesv | ewiv; ivzw; sa dpu; sce; bvba so; cvba so"
    ),
    "BG": "ад; ет; ad; et; кд; кда; сд; адсиц | adsic; дззд | dzzd; coop",
    "BO": "srl; scs; sca; sam; sc",
    "BR": "me; epp; ltda me | ltda epp; cia; s/s; snc; scp",
    "BY": "одо; чуп; оао; зао; odo; аат; зат | zat; тда; таа",
    "CA": (
        "ltée | ltee | limitée; inc | enr; ulc; coop | co-op | cooperative | co-operative | coopérative; "
        "senc | s.e.n.c; sencrl | s.e.n.c.r.l; slp; sec | société en commandite; corporation | corp; gp | "
        "general partnership; cic"
    ),
    "CH": "gmbh | sàrl | sagl; genossenschaft; ag; geno; kollges; kommges; einzelfirma; stiftung; sce",
    "CL": "spa; eirl",
    "CN": "ltd | co ltd | company ltd",
    "CO": "sas; ltda; s en c; sca; sat",
    "CR": "eirl; s en c; sc; sl",
    "CZ": "as | a.s | akciová společnost | akc spol; vos; ks; zs; sp | s.p",
    "DE": (
        "e.v | ev | eingetragener verein; eg | e.g; ek | e.k | e.kfm | e.kfr; partg | partg mbb | partgmbb; "
        "stiftung; ewiv; gag | gemeinnützige ag; vvag; invag; reit ag; sce; stiftung & co kgaa; ug & co kg | "
        "ug (haftungsbeschränkt) & co kg"
    ),
    "DK": "as | a/s | aktieselskab; ivs; is | i/s; ks | k/s; ps | p/s; amba | a.m.b.a; fmba; smba",
    "DO": "s en c; eirl",
    "EC": "compañía anónima | ca; cia ltda",
    "EE": "oü | osaühing; as | aktsiaselts; fie; mtü; tü; uü; aü; hü; kü; tüh; sce",
    "ES": (
        "sl | sll | slp | slne; sa | sad; sccl; coop v; sc; cb; aie; ute; s coop | scoop | sdad coop; sat; "
        "sgr; s com | s en c; s com p a; scr; src; sicav; sii; sce; aeie; scp"
    ),
    "FI": "ay; ky; tmi | t:mi; osk; ry | r.y; abp; kb; asoy | as oy; anl; sce",
    "FR": (
        "sci; snc; scop; sem; gie; sca; scs; ei; selarl; selas; earl; gaec; asso; scpi; slp; geie; gip; "
        "scic; sce; sa à directoire; cuma"
    ),
    "GB": "cic; cio; cyf | cyfyngedig; ccc; bencom; ltd | (uk) ltd; co-op | coop | co-operative; eeig; se; pac",
    "GR": "ae | α.ε | αε; epe | επε; ike | ικε; oe; ee; coop; sce; slp",
    "GT": "s en c; sca; cia ltda",
    "HK": "ltd | co ltd",
    "HN": "s de rl de cv; s en c; sa de cv",
    "HR": "jdoo; dd; obrt; kd; jtd; gius; giu; tp; sce",
    "HU": "bt; rt; ev; kkt; kht; hsz; se; nonprofit kft; nonprofit zrt",
    "ID": "tbk; pt; cv; persero",
    "IE": (
        "dac; clg; uc; teo | teoranta; cpt; ulc; puc; pulc; icav; ilp; i&ps; eeig; cga; cti; ctr; dac "
        "limited by shares; dac limited by guarantee"
    ),
    "IL": "ltd | b.m | bm",
    "IN": "ltd | pvt | p ltd | opc pvt ltd; llp; opc; ngo; producer company",
    "IS": "ehf; hf; ohf; slf",
    "IT": (
        "spa | sp.a; srl; sas; snc; ss; soc coop | societa cooperativa; scpa; sapa; srl unipersonale; "
        "consorzio; gruppo consortile; srl semplificata; scrl | scarl | soc cons arl; sc; sta"
    ),
    "JE": "slp; ilp",
    "JP": "kk | co ltd | ltd | kabushiki; yk; gk | llc; nk",
    "KR": "ltd | co ltd",
    "KY": "ltd; spc; elp; ldc; sezc",
    "KZ": "тоо | too; ао",
    "LI": "anstalt; est | establishment; trust reg; eg; ev; ewiv; sce",
    "LT": "uab; ab; mb; iį; vši | vsi; kūb | kub; tūb | tub; všį; žūb",
    "LU": (
        "sarl | s.à r.l; sca; scs; sicav; secs; asbl; sci; senc | snc; scsp | secsp; seca; sce; sicaf; "
        "sepcav; gie"
    ),
    "LV": "sia; as; ik; ps",
    "MK": "ad | ад; dooel | дооел; doo | доо; tp",
    "MU": "ltee; ltd; coop",
    "MX": (
        "sa | sab | sapi; sc; ac; s de rl; sofom; sapi de cv; sab de cv; s en c; s de rl mi; sofom enr | "
        "sofom er | sa de cv sofom enr; s a s de cv; iap"
    ),
    "MY": "plt",
    "NL": "vof; cv | c.v; coöperatie | coop | coöperatief | ua | u.a; stichting; owm; vve; eesv; sce; bvba",
    "NO": "as | a/s | aksjeselskap; ans; da; enk; nuf; sa; ba; iks; ks; bbl; brl; sce; kf",
    "NZ": "ltd; lp; coop | cooperative; ultd | unltd",
    "PA": "fip; mrl; sc",
    "PE": "sac; saa; sacs; eirl; s en c; s civil; s civil de rl",
    "PH": "inc | corp; opc",
    "PK": "smc pvt ltd; (smc) ltd; guarantee ltd | (guarantee) ltd; unltd | ultd | unlimited",
    "PL": "spj | sp j | spółka jawna; spk | sp k | spółka komandytowa; ska; spp; psa; sc; sj; tuw; ofe",
    "PT": "lda; sgps; crl; unip lda | unipessoal",
    "PY": "eirl; sca",
    "RO": "srl | s.c; sa; snc; pfa; ra; ii; pfi; geie; gie",
    "RS": "ад; доо | доо; ad; pr; dp | дп; jp | јп; kd | кд; od | од; пр",
    "RU": "ип; нпо; фгуп; гуп; ано; нао; чоу | чу; ao",
    "SA": "psc; cjsc",
    "SC": "ibc; csl; pcc",
    "SE": "ab; hb; kb; ek för; bab; brf; sb; mb; fab; sce; eeig",
    "SG": "ltd | pl; llp",
    "SI": "dd; dno; sp; kd; zoo; kdd; zbo; giz",
    "SK": "as | a.s; vos; ks; js a | jsa | jednoduchá spoločnosť na akcie; družstvo; spol s ro | spol s r o",
    "SR": "nv; cv; vof",
    "SX": "nv; abv; cv",
    "TH": "pcl | public company limited; ltd | co ltd",
    "TR": "as | a.ş | aş | anonim sirketi; ltd şti | limited şirketi; kollşti; komşti | kom şti; koll şti",
    "TW": "ltd | co ltd | company ltd",
    "UA": "тов | tov; ат | at; пат | pat; прат | prat; фоп | fop; пп | pp; дп",
    "US": (
        "pc; pa; co; company; na | n.a; lc; pbc; co op | coop; inc | corp inc; ltd | co ltd; incorporation; "
        "l3c; gp | general partnership; cooperative | co-operative; limited liability co | liability co; "
        "benefit corporation; llc pc; lllp | limited liability limited partnership; professional "
        "corporation; professional llc | professional limited liability company"
    ),
    "VG": "spc; ltd; unltd",
    "VN": "jsc; joint stock company; co ltd",
    "XK": "sh.a | sha; shpk; np",
    "ZA": "cc; npc; soc; ltd | (pty) ltd | pty ltd",
}

# In front of the name, in these countries; "" is every country.
BEFORE = {
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
