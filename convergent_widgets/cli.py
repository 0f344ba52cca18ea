"""The command `convergent-widgets`: tour, compare, view, export."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convergent_widgets import __version__, application, export_command, lab, net_names, zoo

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

PROGRAM = "convergent-widgets"
BAD_INPUT, INTERRUPTED = 2, 130
NOTEBOOKS = ("01_tour.ipynb", "02_the_paper.ipynb", "03_your_own_nets.ipynb")

ABOUT = """\
See whether different neural networks learn the same features.

Start with the tour: it opens a notebook on four small trained nets that come with the package."""

EXAMPLES = f"""\
examples:
  {PROGRAM} tour
  {PROGRAM} compare resnet18 resnet34 --images photos -o result.npz
  {PROGRAM} view result.npz
  {PROGRAM} export result.npz -o lesson.html

{PROGRAM} COMMAND --help explains a command."""

TOUR = """\
Open the tour in JupyterLab: a notebook that explains the question, the pictures and the numbers on trained nets that
come with the package. Where torch is not installed, the tour shows the results that come with it.

Without a desktop (a server, a container) no browser is started; open the address that is printed. In a container,
--ip 0.0.0.0 makes JupyterLab answer from outside; whoever knows the printed address can then run code there."""

COMPARE = f"""\
Run nets once over a folder of images, and write all that can be asked afterwards into one file,
which "{PROGRAM} view" shows.

A net is written [NAME=]ARCHITECTURE[@WEIGHTS]:
  resnet18                    torchvision's resnet18 with its trained weights
  resnet18@IMAGENET1K_V1      with the weights that torchvision calls so
  resnet18@random             untrained (or resnet18@none)
  mine=resnet18@mine.pt       with the weights of a checkpoint (a state dict), called "mine" in the result
  zoo                         the nets that come with the package; zoo@NET for one of them"""

COMPARE_USAGE = f"""\
{PROGRAM} compare NET [NET ...] --images FOLDER -o RESULT [options]
       {PROGRAM} compare NET [NET ...] --list-layers"""

COMPARE_EXAMPLES = f"""\
examples:
  {PROGRAM} compare zoo --images zoo -o fashion.npz
  {PROGRAM} compare a=resnet18@a.pt b=resnet18@b.pt --images photos -o result.npz
  {PROGRAM} compare a=resnet18@a.pt b=resnet18@b.pt --list-layers
  {PROGRAM} compare resnet18 resnet34 --layers layer1,layer2 --images photos -o result.npz
  {PROGRAM} compare alexnet resnet18 --layers early:alexnet=features.4,resnet18=layer1 --resize 28x28 \\
      --images photos -o result.npz

Ctrl-C ends the run and saves what was seen so far (exit status {INTERRUPTED})."""

VIEW = """\
Open a result in JupyterLab. A notebook that shows it is written beside the file (or into a folder for temporary files,
where that one cannot be written); a notebook that is there already is opened as it is. RESULT "zoo" is the result that
comes with the package.

With --voila the Explorer alone is served, as an application without a notebook: no code is shown, and each visitor has
a kernel of their own. Whoever can reach the address can look at the file."""


# Options that compare() and estimate() take under the same names.
_OF_BOTH = (
    "patches",
    "positions",
    "resize",
    "batch_size",
    "workers",
    "seed",
    "mutual_information",
    "picture_size",
    "attributions",
    "mixed_precision",
    "scratch",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0 done, 2 bad input, 130 interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    given, more = _split(given)
    parser = _parser()
    options = parser.parse_args(given)
    if more and options.command not in ("tour", "view"):
        parser.error("only tour and view hand on what follows --")
    options.more = more
    warnings.showwarning = _show_warning
    try:
        return options.run(options)
    except KeyboardInterrupt:
        _say("interrupted; nothing was saved")
        return INTERRUPTED
    except (ValueError, TypeError, LookupError, RuntimeError, OSError, ImportError, MemoryError) as error:
        if options.debug:
            raise
        _say(f"error: {_one_line(error)}")
        return BAD_INPUT


def tour(options: argparse.Namespace) -> int:
    """Open the reader's own copy of the tour; the other notebooks lie beside it."""
    notebook, *_ = (lab.own_copy(lab.shipped_notebook(name)) for name in NOTEBOOKS)
    _say(f"your copy of the tour is {notebook}; delete it to get a fresh one")
    if find_spec("torch") is None:
        _say(f"torch is not installed, so the tour shows results that come with it; {_add_compute()}")
    return _open(notebook, options)


def compare(options: argparse.Namespace) -> int:
    """Compare the nets and save the result; a run that was interrupted saves what it has and gives 130."""
    names = [net_names.parse_net(text) for text in options.nets]
    layers = net_names.parse_layers(options.layers)
    if not options.list_layers:
        _check_paths(options)
    if find_spec("torch") is None:
        raise ValueError(f"comparing nets needs torch; {_add_compute()}")
    import convergent_widgets as cw

    nets = net_names.build_nets(names, options.seed)
    if options.list_layers:
        for name, net in nets.items():
            print(f"{name}\n{cw.layers(net)}\n")
        return 0
    from convergent_widgets.compute.distributed import is_first, process_group
    from convergent_widgets.compute.nets import UnknownLayer
    from convergent_widgets.compute.resume import checkpoint_path, remove_checkpoint

    images = cw.zoo.images() if options.images == net_names.ZOO else Path(options.images)
    asked = {name: getattr(options, name) for name in _OF_BOTH}
    try:
        if options.dry_run:
            if options.checkpoint is not None:
                checkpoint_path(options.checkpoint)
            told = cw.estimate(nets, images, layers, device=options.device, **asked)
            if is_first():
                print(told)
            return 0
        with process_group(options.device) as device:
            comparison = cw.compare(
                nets, images, layers, device=device, progress=not options.quiet, checkpoint=options.checkpoint, **asked
            )
    except UnknownLayer as error:
        raise ValueError(f"{error}; --list-layers in place of --images and -o prints them all") from None
    if comparison is None:  # the first of several processes has it
        return 0
    comparison.save(options.output)
    if comparison.complete and options.checkpoint:
        remove_checkpoint(options.checkpoint)
    return _saved(comparison, options.output)


def view(options: argparse.Namespace) -> int:
    """Check the result file, write a notebook that shows it, and open that; or serve it as an application."""
    from convergent_widgets.comparison import Comparison

    result = zoo.RESULT if options.result == net_names.ZOO else Path(options.result)
    if not result.is_file():
        raise ValueError(f"there is no file {result}")
    if options.voila:
        application.check_voila()
    Comparison.load(result)
    if options.voila:
        _say(f"Voila serves {Path(options.result).name}; its address is printed below, Ctrl-C stops it")
        browser = False if options.no_browser else None
        return application.serve(result, ip=options.ip, port=options.port, browser=browser, more=options.more)
    return _open(view_notebook(result.resolve()), options)


def view_notebook(result: Path) -> Path:
    """The notebook that shows `result`, written if it is not there yet."""
    shipped = result == zoo.RESULT
    notebook = result.with_name(f"{net_names.ZOO if shipped else result.stem}_explorer.ipynb")
    shown = f"cw.Comparison.load({result.name!r})"
    if shipped or (not os.access(result.parent, os.W_OK) and not notebook.exists()):
        notebook = Path(tempfile.mkdtemp(prefix="convergent_widgets_")) / notebook.name
        shown = "cw.zoo.comparison()" if shipped else f"cw.Comparison.load({str(result)!r})"
    if not notebook.exists():
        load = f"import convergent_widgets as cw\n\ncomparison = {shown}"
        lab.write_notebook(
            notebook,
            [
                ("markdown", "# A comparison of nets\n\nRun all cells: menu Run, then Run All Cells."),
                ("code", f"{load}\ncomparison"),
                ("code", "explorer = cw.Explorer(comparison)\nexplorer"),
                ("markdown", "`explorer.selection` is what is selected above; it can be read and set."),
                ("code", "explorer.selection.layer, explorer.selection.net, explorer.selection.unit"),
            ],
        )
    return notebook


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(PROGRAM, description=ABOUT, epilog=EXAMPLES, formatter_class=_Formatter)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the whole traceback of an error")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_lab(_command(commands, "tour", tour, "open the tour in JupyterLab", TOUR))
    _add_compare(_command(commands, "compare", compare, "compare nets over a folder of images", COMPARE))
    viewer = _command(commands, "view", view, "open a result in JupyterLab", VIEW)
    viewer.add_argument(
        "result", metavar="RESULT", help=f'a file that compare wrote, or "{net_names.ZOO}" for that of the package'
    )
    viewer.add_argument("--voila", action="store_true", help="serve the Explorer as an application, by Voila")
    _add_lab(viewer)
    viewer.epilog = "What follows -- is handed on to JupyterLab, or to Voila, as it is."
    exporter = _command(
        commands, "export", export_command.export, "write a page that needs no kernel", export_command.ABOUT
    )
    export_command.add_arguments(exporter, _count, _positive)
    return parser


def _command(commands: Any, name: str, run: Callable[..., int], summary: str, about: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=about, formatter_class=_Formatter
    )
    command.set_defaults(run=run)
    return command


def _add_lab(command: argparse.ArgumentParser) -> None:
    command.add_argument("--ip", help="address to answer at (default: this machine only)")
    command.add_argument("--port", type=_count, help="port to answer at (default: a free one)")
    command.add_argument("--no-browser", action="store_true", help="print the address only")
    command.epilog = "What follows -- is handed on to JupyterLab as it is."


def _add_compare(command: argparse.ArgumentParser) -> None:
    command.usage = COMPARE_USAGE
    command.epilog = COMPARE_EXAMPLES
    command.add_argument("nets", nargs="+", metavar="NET", help="a net, as above")
    command.add_argument("--images", metavar="FOLDER", help='folder of images, or "zoo" for those of the package')
    command.add_argument("-o", "--output", metavar="RESULT", type=_path, help="the file to write (.npz)")
    command.add_argument("--overwrite", action="store_true", help="replace RESULT if it exists")
    command.add_argument(
        "--layers",
        metavar="LAYERS",
        action="append",
        default=[],
        help="NAME,NAME,... or LABEL:NET=MODULE,NET=MODULE,...; may be repeated (default: sensible ones are found)",
    )
    command.add_argument("--list-layers", action="store_true", help="print the layers of the nets, and stop")
    command.add_argument("--dry-run", action="store_true", help="print what it would take in time and memory, and stop")
    command.add_argument("--patches", metavar="N", type=_count, default=9, help="patches kept per unit, 0 for none (9)")
    command.add_argument("--picture-size", metavar="N", type=_positive, default=256, help="longest side kept (256)")
    command.add_argument("--resize", metavar="RxC", type=_size, help="bring all maps to one grid, e.g. 28x28")
    command.add_argument(
        "--positions",
        metavar="N",
        type=_positions,
        default="all",
        help="all, pooled, or N of each image (all)",
    )
    command.add_argument("--mutual-information", action="store_true", help="measure that too (three times as long)")
    command.add_argument("--attributions", action="store_true", help="keep what in each patch drives the unit")
    command.add_argument("--batch-size", metavar="N", type=_positive, default=32, help="images at a time (32)")
    command.add_argument("--workers", metavar="N", type=_count, default=0, help="processes that read images (0)")
    command.add_argument(
        "--checkpoint",
        metavar="FILE",
        type=_path,
        help="save the run's state here, every 30 s or more; the same command goes on from it (deleted at the end)",
    )
    command.add_argument(
        "--scratch", metavar="FOLDER", type=_path, help="keep the matrices of wide layers on this disk, not in memory"
    )
    command.add_argument("--device", help="cpu, cuda, cuda:1, mps ... (default: cuda where there is one, else cpu)")
    command.add_argument(
        "--mixed-precision", action="store_true", help="run the nets in half precision where torch can"
    )
    command.add_argument("--seed", metavar="N", type=_count, default=0, help="of all that is random (0)")
    command.add_argument("-q", "--quiet", action="store_true", help="no progress bar")


def _check_paths(options: argparse.Namespace) -> None:
    """Refuse, before any work, what could not be read or written in the end."""
    if options.images is None or (options.output is None and not options.dry_run):
        raise ValueError("compare needs --images FOLDER and -o RESULT")
    if options.images != net_names.ZOO and not Path(options.images).is_dir():
        raise ValueError(f"--images: there is no folder {options.images}")
    if options.dry_run:
        return
    output: Path = options.output
    if output.suffix != ".npz":
        raise ValueError(f"-o: the result is a .npz file, got {output}")
    if output.is_dir():
        raise ValueError(f"-o: {output} is a folder")
    if output.exists() and not options.overwrite:
        raise ValueError(f"-o: {output} exists; --overwrite replaces it")
    if not output.parent.is_dir():
        raise ValueError(f"-o: there is no folder {output.parent}")
    if not os.access(output.parent, os.W_OK):
        raise ValueError(f"-o: the folder {output.parent} cannot be written")


def _saved(comparison: Comparison, output: Path) -> int:
    if not comparison.complete:
        _say(f"interrupted after {comparison.images_seen} images; what was seen is in {output}")
        return INTERRUPTED
    print(f'{output}: {comparison.images_seen} images. Look at it with: {PROGRAM} view "{output}"')
    return 0


def _open(notebook: Path, options: argparse.Namespace) -> int:
    browser = False if options.no_browser else None
    _say(f"JupyterLab opens {notebook.name}; its address is printed below, Ctrl-C twice stops it")
    return lab.open_lab(notebook, ip=options.ip, port=options.port, browser=browser, more=options.more)


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    end = arguments.index("--")
    return arguments[:end], arguments[end + 1 :]


def _add_compute() -> str:
    return f"to add it: {lab.install_command('compute')}"


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a whole number of 0 or more is expected, got {text!r}")
    return int(text)


def _positive(text: str) -> int:
    if _count(text) == 0:
        raise argparse.ArgumentTypeError("a whole number of 1 or more is expected, got 0")
    return int(text)


def _positions(text: str) -> str | int:
    if text in ("all", "pooled"):
        return text
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"all, pooled or a whole number of 1 or more is expected, got {text!r}")
    return int(text)


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("a path is expected, got an empty one")
    return Path(text)


def _size(text: str) -> tuple[int, int]:
    sides = text.split("x")
    if len(sides) != 2 or not all(side.isdecimal() and int(side) for side in sides):
        raise argparse.ArgumentTypeError(f"ROWSxCOLUMNS is expected, such as 28x28, got {text!r}")
    return int(sides[0]), int(sides[1])


def _one_line(error: BaseException) -> str:
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return " ".join(text.split()) or type(error).__name__


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    if os.environ.get("RANK", "0") == "0":  # each of several processes would say the same
        _say(f"note: {' '.join(str(message).split())}")


def _say(text: str) -> None:
    process = f" (process {os.environ['RANK']})" if "RANK" in os.environ else ""
    print(f"{PROGRAM}{process}: {text}", file=sys.stderr)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Descriptions as they are written, help of options in one column of comfortable width."""

    def __init__(self, prog: str, **settings: Any) -> None:
        super().__init__(prog, **{"max_help_position": 28, **settings})
