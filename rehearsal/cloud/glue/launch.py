"""Runs one job script in a fresh process: ``python -P launch.py RESULT LIFELINE MEGABYTES SCRIPT ARGUMENTS...``.

It stands alone, so that a job sees nothing of the rehearsal but this file's process.
"""

import json
import os
import resource
import runpy
import sys
import threading
import traceback


def main() -> int:
    """Run the script and write what became of it.

    Returns
    -------
    int
        Exit status: 0 if the script came to its end.
    """
    result, lifeline, megabytes, script, *arguments = sys.argv[1:]
    if int(megabytes):  # none for Spark, whose memory is Java's
        resource.setrlimit(resource.RLIMIT_DATA, (int(megabytes) << 20, int(megabytes) << 20))
    threading.Thread(target=_end_with_the_server, args=(int(lifeline),), daemon=True).start()
    sys.argv = [script, *arguments]
    sys.path.insert(0, os.path.dirname(script))
    error = _run(script, megabytes)
    sys.stdout.flush()
    sys.stderr.flush()
    with open(result, "w", encoding="utf-8") as file:
        json.dump({"error": error}, file)
    return 1 if error else 0


def _run(script: str, megabytes: str) -> "str | None":
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code in (None, 0):
            return None
        if not isinstance(end.code, int):
            sys.stderr.write(f"{end.code}\n")
        return f"SystemExit: {end.code}"
    except BaseException as error:
        if isinstance(error, MemoryError) and int(megabytes):
            error = MemoryError(f"the job needs more than the {megabytes} MB that its MaxCapacity gives it")
        frames = error.__traceback__
        while frames and frames.tb_frame.f_code.co_filename != script:
            frames = frames.tb_next
        traceback.print_exception(type(error), error, frames or error.__traceback__)
        return _message(error)
    return None


def _message(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).split("\n") if line.strip()] or [""]
    told, kind = lines[0], type(error).__name__
    if "S3AFileSystem not found" in told + "".join(lines[1:2]):
        # a bucket that no directory stands for: here is no S3A to ask
        told = "NoSuchBucket: The specified bucket does not exist"
        sys.stderr.write(f"{told}\n")
    elif kind == "Py4JJavaError" and len(lines) > 1:  # the first line names only the call
        told = f"{told} {lines[1].lstrip(': ')}"
    elif kind == "PythonException" and len(lines) > 1:  # the first line says only that there is a trace
        told = f"{told} {lines[-1]}"
    return f"{kind}: {told}"[:2000] if told else kind


def _end_with_the_server(lifeline: int) -> None:
    os.read(lifeline, 1)  # returns when the server's end closes
    os._exit(70)


if __name__ == "__main__":
    sys.exit(main())
