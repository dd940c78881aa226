#!/usr/bin/env bash
# Guess: a training that a scheduler asks to end (SIGTERM) leaves with exit code 143, or at least with another than 0.
# Seen: it leaves with 0 after a few of its steps, and nothing that the script does after `fit` has been done. Lightning's
#   SIGTERMException is a SystemExit without a code. A training that raises an error of its own leaves with 1.
# Why it matters: whoever starts trainings by a shell's `&&`, make or a job queue takes the broken one for finished, and goes
#   on with weights that are not there, or with those of the run before.
# Source: lightning/pytorch/utilities/exceptions.py, SIGTERMException; lightning/pytorch/loops/training_epoch_loop.py.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
python3.11 -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --no-compile lightning==2.6.6 torch==2.13.0 numpy==2.4.6
cat > "$room/train.py" <<'PYTHON'
import os
import signal
import sys

import lightning
import torch


class Line(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.slope = torch.nn.Linear(1, 1)

    def training_step(self, batch, index):
        if index == 3 and sys.argv[1] == "asked":
            os.kill(os.getpid(), signal.SIGTERM)
        if index == 3 and sys.argv[1] == "error":
            raise ValueError("of its own")
        return self.slope(batch).square().mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


rows = torch.utils.data.DataLoader(torch.ones(50, 1))
trainer = lightning.Trainer(
    max_steps=50, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False
)
trainer.fit(Line(), rows)
print("after fit: step", trainer.global_step, flush=True)
PYTHON
"$room/venv/bin/python" -W ignore -c 'import lightning; print("lightning", lightning.__version__)'
seen=""
for how in whole asked error; do
    code=0
    said=$("$room/venv/bin/python" -W ignore "$room/train.py" "$how" 2>/dev/null) || code=$?
    echo "$how: exit code $code, printed '$said'"
    seen+="$how=$code/$said;"
done
expected="whole=0/after fit: step 50;asked=0/;error=1/;"
[ "$seen" = "$expected" ] || { echo "this has changed, expected $expected" >&2; exit 1; }
