import React from "react";
import { createRoot } from "react-dom/client";
import { Excalidraw, MainMenu, convertToExcalidrawElements } from "@excalidraw/excalidraw";
import "@excalidraw/excalidraw/index.css";

const box = (id, x, y, colour, text) => ({
  id, type: "rectangle", x, y, width: 170, height: 80, backgroundColor: colour, fillStyle: "solid", seed: 7,
  label: { text },
});
const elements = convertToExcalidrawElements([
  box("a", 420, 260, "#ffec99", "Flour"), box("b", 700, 260, "#a5d8ff", "Dough"), box("c", 700, 430, "#b2f2bb", "Bread"),
  { type: "arrow", x: 592, y: 300, start: { id: "a" }, end: { id: "b" }, seed: 8 },
  { type: "arrow", x: 785, y: 345, width: 0, height: 80, start: { id: "b" }, end: { id: "c" }, seed: 9 },
], { regenerateIds: false });
const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
createRoot(document.getElementById("root")).render(
  <Excalidraw theme={theme} initialData={{ elements, appState: { theme } }}>
    <MainMenu>
      <MainMenu.DefaultItems.LoadScene />
      <MainMenu.DefaultItems.Export />
      <MainMenu.DefaultItems.SaveAsImage />
      <MainMenu.DefaultItems.SearchMenu />
      <MainMenu.DefaultItems.Help />
      <MainMenu.DefaultItems.ClearCanvas />
      <MainMenu.Separator />
      <MainMenu.DefaultItems.ChangeCanvasBackground />
    </MainMenu>
  </Excalidraw>,
);
