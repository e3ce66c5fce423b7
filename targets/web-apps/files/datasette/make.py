"""A small database of boats and their voyages."""

import sqlite3

base = sqlite3.connect("harbour.db")
base.executescript("""
create table boats (id integer primary key, name text, kind text, length_m real, built integer);
create table voyages (id integer primary key, boat integer references boats(id), port text, day text, crates integer);
create view busy_ports as select port, count(*) as voyages from voyages group by port;
""")
kinds = ["cutter", "ketch", "sloop"]
names = ["Gull", "Tern", "Plover", "Curlew", "Dunlin", "Eider", "Fulmar", "Grebe", "Heron", "Petrel", "Skua", "Teal"]
base.executemany(
    "insert into boats values (?, ?, ?, ?, ?)",
    [(n, name, kinds[n % 3], 7.5 + n / 2, 1950 + 5 * n) for n, name in enumerate(names, start=1)],
)
ports = ["Northpier", "Saltmouth", "Oldhaven"]
base.executemany(
    "insert into voyages values (?, ?, ?, ?, ?)",
    [(n, n % 12 + 1, ports[n % 3], f"2025-05-{n % 28 + 1:02d}", 3 * n % 40) for n in range(1, 61)],
)
base.commit()
