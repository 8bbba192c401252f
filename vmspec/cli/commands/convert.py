"""``vmspec convert``: documents in another format, or as Python."""

from __future__ import annotations

from pathlib import Path

import click

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.paths import STDIN, is_folder_or_pattern, reason_of
from vmspec.cli.inputs.sources import read_spec
from vmspec.cli.inputs.specs import Specs
from vmspec.cli.output.console import echo_err, print_error, shown_path, write_document
from vmspec.cli.output.text import pluralize
from vmspec.cli.targets import SUFFIXES, TARGETS, Target, target_of, text_of
from vmspec.documents import FORMATS, FormatName
from vmspec.documents.files import write_text


@click.command("convert")
@click.argument("paths", metavar="IN...", nargs=-1, required=True)
@click.option(
    "-o", "--output", metavar="OUT", default=STDIN, help="File or folder to write [default: standard output]."
)
@click.option(
    "--from", "source_format", type=click.Choice(FORMATS), help="Format of IN, if its suffix is another."
)
@click.option(
    "--to",
    "target_format",
    type=click.Choice(TARGETS),
    help="Format of OUT [default: by its suffix]; python is the chain of VM that builds the spec.",
)
def command(
    paths: tuple[str, ...], output: str, source_format: FormatName | None, target_format: Target | None
) -> int:
    """Read IN, a file or - for standard input. Everything of the spec is kept, but not comments.

    Of several files, a folder or a pattern, each spec becomes a file in the folder OUT, which is created if
    it is missing; --to says the format.
    """
    first, *others = paths
    is_folder = output != STDIN and (output.endswith("/") or Path(output).is_dir())
    if others or is_folder_or_pattern(first) or is_folder:
        if output == STDIN or target_format is None:
            raise click.UsageError("Several specs need a folder and a format; use -o OUT and --to.")
        if source_format is not None or STDIN in paths:
            raise click.UsageError("--from and - are for a single IN; convert it to a file.")
        return _convert_all(paths, Path(output), target_format)
    target = target_format or (target_of(Path(output)) if output != STDIN else None)
    if target is None:
        raise click.UsageError("The output format is unknown; use --to, or -o with a suffix.")
    spec = read_spec(first, source_format)
    if isinstance(spec, ExitCode):
        return spec
    text = text_of(spec, target)
    if output == STDIN:
        write_document(text)
        return ExitCode.OK
    return ExitCode.OK if _is_written(Path(output), text) else ExitCode.USAGE_ERROR


def _is_written(path: Path, text: str) -> bool:
    try:
        write_text(path, text)
    except OSError as error:
        print_error(f"{shown_path(str(path))}: {reason_of(error)}")
        return False
    return True


def _convert_all(paths: tuple[str, ...], folder: Path, target: Target) -> ExitCode:
    specs = Specs(paths)
    texts: dict[Path, str] = {}
    inputs: dict[Path, str] = {}
    for path, source, spec in specs:
        output = folder / path.with_suffix(SUFFIXES[target])
        if output in inputs:
            print_error(f"{source.name} and {inputs[output]} would both become {shown_path(str(output))}")
            return ExitCode.USAGE_ERROR
        if output.exists() and source.path is not None and output.samefile(source.path):
            print_error(f"{source.name} would be replaced; choose another folder or format")
            return ExitCode.USAGE_ERROR
        inputs[output], texts[output] = source.name, text_of(spec, target)
    failed = 0
    for output, text in texts.items():
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            print_error(f"{shown_path(str(output.parent))}: {reason_of(error)}")
            return ExitCode.USAGE_ERROR
        failed += not _is_written(output, text)
    echo_err(f"{pluralize(len(texts) - failed, 'file')} written to {shown_path(str(folder))}")
    return ExitCode.USAGE_ERROR if failed else specs.exit_code
