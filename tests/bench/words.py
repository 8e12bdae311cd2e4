"""The words that a corpus is made of, written for it. Each list fits one place in a sentence."""

AUTHORS = (
    "Ana Díaz",
    "Mike Connors",
    "Zoë Lindqvist",
    "Tomás Iñárritu",
    "Grace Obi",
    "Jürgen Weiß",
    "Mei Tanaka",
    "Łucja Nowak",
    "Samir Haddad",
    "Rosa Benítez",
    "Piet van Dam",
    "Ellen Moss",
)
# The most common first.
TAGS = tuple(
    (
        "harbour council budget schools weather ferries courts health housing police transport elections fishing "
        "roads water markets history theatre prisons energy trains jobs libraries music parks labour trade farming "
        "museums cycling bridges language football hospitals tides books storms archives migration buses cinema "
        "taxes chess gardens bakeries canals radio census statues lighthouses bees opera clocks kites maps pottery "
        "glaciers stamps sundials puppetry"
    ).split()
)

PEOPLE = (
    "the mayor|the harbour master|a retired teacher|the committee|a crew of four|the night nurse|the auditor|"
    "a spokeswoman|the ferry company|the council|two engineers|the tenants|a baker from Ærø|the archivist|"
    "the café owner|the union|a judge|the fishermen|the choir|the surveyor|several neighbours|the new director|"
    "a student of Señora Peña|the stationmaster|the gardener|a visiting professor|the treasurer|"
    "the lighthouse keeper|the inspectors|the printers"
).split("|")
DEEDS = (
    "opened|repaired|measured|described|refused|sold|inherited|painted|counted|moved|defended|photographed|lost|"
    "found|rebuilt|inspected|closed|praised|questioned|registered|paid for|wrote about|argued over|walked past|"
    "forgot|promised|postponed|abandoned|borrowed|restored"
).split("|")
THINGS = (
    "the old quay|a budget of three pages|the north bridge|the winter timetable|a leaking roof|"
    "the school library|the second draft|forty wooden boats|the water meter|an unsigned letter|the long corridor|"
    "the town clock|a map of the coast|the market hall|every empty house|the naïve proposal|a crate of lemons|"
    "the tide gauge|the last tram|a row of lime trees|the ledger|the museum’s façade|the prison wall|"
    "a broken pump|the public record|the salt warehouse|the early train|a hundred chairs|the smaller theatre|"
    "the ferry to São Roque"
).split("|")
PLACES = (
    "beside the canal|in the upper town|near the station|behind the fish market|on the island of Öja|"
    "at the city archive|under the railway arch|in a rented hall|along the coast road|outside the courthouse|"
    "on the third floor|at the edge of the marsh|in the harbour office|across the square|on the road to Łagów|"
    "in the reading room|between two lighthouses|at the old customs house|in the valley|above the bakery|"
    "by the south gate|in the new district|on the municipal ferry|at the weekly market"
).split("|")
TIMES = (
    "before sunrise|on the first Monday of the month|after a long winter|within a week|for the third time|"
    "during the spring tide|without any notice|while the rain lasted|late in the evening|over the summer|"
    "a year after the flood|in less than an hour|on a public holiday|between two storms|at the end of the season|"
    "as the shops were closing|since the last election|by a narrow majority|almost by accident|"
    "with very little money"
).split("|")
REMARKS = (
    "nobody had asked for it|the figures tell another story|most of the work is done by volunteers|"
    "the minutes of that meeting are missing|it cost more than the boat itself|"
    "the neighbours still talk about it|there is no plan for what comes next|the law allows it|"
    "the weather had the last word|three of them resigned|the paint was hardly dry|it has rained ever since|"
    "no one remembers who began it|the bill arrived in March|the door was never locked|"
    "a coöperative took over the rest|the question is open|the records go back to 1874|a court will decide|"
    "the answer was a polite no"
).split("|")
OPENINGS = (
    "According to the minutes|By all accounts|In the end|At first|Some weeks later|As so often here|"
    "To nobody’s surprise|For a while|On paper|Looking back|In private|Despite the cost|With some delay|"
    "From the start|Officially"
).split("|")
HEADINGS = (
    "What happened|The cost of it|What comes next|A short history|Who decides|The view from the quay|In figures|"
    "What the neighbours say|The long way round|Before the vote|An older plan|On the record|Loose ends|"
    "The other side"
).split("|")
PAGES = tuple("minutes timetable report budget map letter register survey verdict tables gallery census".split())
CODE = (
    'def total(rows):\n    """The sum of what was paid."""\n    return sum(row.paid for row in rows if not row.void)',
    'SELECT year, count(*) AS boats\n  FROM register\n WHERE port = "north" AND length > 12\n GROUP BY year;',
    "curl --silent https://example.com/tides.json |\n  jq '.[] | select(.height < 0.4) | .time'",
    "for (const tram of timetable) {\n  if (tram.late > 5) console.log(`${tram.line} & others: <late>`);\n}",
)
