import React from "react";
import { createRoot } from "react-dom/client";
import { Workbook } from "@fortune-sheet/react";
import "@fortune-sheet/react/dist/index.css";

const rows = [["Item", "Count", "Price", "Sum"], ["Rope", 3, 12, 36], ["Paint", 5, 18, 90], ["Nails", 200, 0.1, 20],
  ["Canvas", 4, 25, 100], ["Brushes", 6, 7, 42]];
const celldata = rows.flatMap((row, r) => row.map((v, c) => ({ r, c, v: { v, m: String(v), bl: r ? 0 : 1 } })));
createRoot(document.getElementById("root")).render(
  <Workbook lang="en" data={[{ name: "Stores", id: "1", status: 1, order: 0, celldata, row: 40, column: 18 }, { name: "Repairs", id: "2", order: 1, row: 40, column: 18 }]} />,
);
