import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    return (mo,)


@app.cell
def _(mo):
    mo.md("# Bread calculator")
    return


@app.cell
def _(mo):
    loaves = mo.ui.slider(1, 12, value=4, label="Loaves")
    loaves
    return (loaves,)


@app.cell
def _(loaves):
    flour = 500 * loaves.value
    flour
    return


if __name__ == "__main__":
    app.run()
