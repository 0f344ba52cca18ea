"""The real command `convergent-widgets view RESULT --voila`, for tests."""

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]


class Served:
    """`convergent-widgets view RESULT --voila` on a free port."""

    def __init__(self, folder, comparison):
        self.name = "a 'result' <b>.npz"
        comparison.save(folder / self.name)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}/"
        self.log = folder / "voila.log"
        command = [sys.executable, "-m", "convergent_widgets", "view", str(folder / self.name), "--voila"]
        command += ["--port", str(self.port), "--no-browser"]
        own = {
            "JUPYTER_CONFIG_DIR": folder / "config",
            "JUPYTER_RUNTIME_DIR": folder / "runtime",
            "IPYTHONDIR": folder / "ipython",
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, env=os.environ | {name: str(value) for name, value in own.items()}, stdout=log, stderr=log
            )

    def wait(self, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"Voila did not start:\n{self.log.read_text()[-2000:]}")

    def kernels(self):
        """Those that run; one that has ended since it was listed, or waits to be reaped, has no command line."""
        running = []
        for one in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if any("ipykernel_launcher" in word for word in one.cmdline()):
                    running.append(one)
        return running

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
