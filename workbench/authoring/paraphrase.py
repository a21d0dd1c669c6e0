from workbench.language.ast import Statement
from workbench.language.render import render_statement
from workbench.language.schema import Schema


def paraphrase(statement: Statement, schema: Schema | None = None) -> str:
    return render_statement(statement)
