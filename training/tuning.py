"""The tuning itself: a base in memory, TRL's trainer over encoded rows, and a plain model again at the end."""

import contextlib
import logging
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
import transformers
from datasets import Dataset
from datasets.utils.logging import disable_progress_bar
from peft import LoraConfig
from trl import SFTConfig, SFTTrainer

from core.engine.encoding import end_of_turn
from core.errors import TrainingError
from training.encoded import Encoded
from training.hub import local_copy

Method = Literal["full", "lora"]
SMALL = 100_000_000  # parameters; below it every weight is tuned, in fp32
RANK = 16
RATES: dict[Method, float] = {"full": 5e-4, "lora": 2e-4}
RATE_OF_LARGE = 1e-5  # where every weight of a large model is tuned


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the trainer; `loss` is that of its batch, `left_seconds` an estimate."""

    number: int
    of: int
    loss: float
    left_seconds: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to tune, all decided."""

    method: Method
    epochs: float
    learning_rate: float
    batch_size: int
    seed: int
    device: str = "auto"


OnStep = Callable[[Step], None]


def load(source: str, method: Literal["auto", "full", "lora"]) -> tuple[Any, Any, Method]:
    """Model, tokenizer and the method that fits: LoRA in bf16 for a large base, full tuning in fp32 for a small one.

    Raises TrainingError where there is no such base, or where the hub is needed and cannot be reached.
    """
    place = local_copy(source)
    with quiet():
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(place)
            config = transformers.AutoConfig.from_pretrained(place)
            chosen = _method(config) if method == "auto" else method
            dtype = torch.bfloat16 if chosen == "lora" else torch.float32
            model = transformers.AutoModelForCausalLM.from_pretrained(place, dtype=dtype, use_safetensors=True)
        except Exception as error:  # transformers raises whatever a broken file leads to
            reason = str(error).strip().splitlines()[0] if str(error).strip() else "no reason given"
            raise TrainingError(f"{source} cannot be loaded: {type(error).__name__}: {reason[:300]}") from error
    end = end_of_turn(tokenizer)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.convert_ids_to_tokens(end)
    model.generation_config = transformers.GenerationConfig(eos_token_id=end, pad_token_id=tokenizer.pad_token_id)
    return model, tokenizer, chosen


def learning_rate(method: Method, parameters: int) -> float:
    """The peak rate where none is asked for."""
    return RATE_OF_LARGE if method == "full" and parameters >= SMALL else RATES[method]


def tune(
    model: Any,
    tokenizer: Any,
    rows: Sequence[Encoded],
    again: Sequence[Encoded],
    recipe: Recipe,
    scratch: Path,
    on_step: OnStep | None = None,
) -> tuple[Any, list[float]]:
    """Train on the rows; the tuned model, adapters merged, and the loss of every step. `scratch` may be written to.

    The rows in `again` are mixed in, each once: what the model knows already needs no more.

    Raises TrainingError where the loss stops being a number.
    """
    with quiet():
        reporter = _Reporter(on_step)
        epochs = 1.0 if again else recipe.epochs
        learned = [*_repeated(rows, recipe.epochs, recipe.seed), *again] if again else rows
        trainer = SFTTrainer(
            model=model,
            args=_config(recipe, epochs, scratch),
            train_dataset=Dataset.from_list([{"input_ids": row.input_ids, "labels": row.labels} for row in learned]),
            processing_class=tokenizer,
            peft_config=_lora() if recipe.method == "lora" else None,
            callbacks=[reporter],
        )
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.train()
    if not all(map(math.isfinite, reporter.losses)):
        raise TrainingError("The loss is not a number any more: try a lower --learning-rate.")
    tuned = trainer.model.merge_and_unload() if recipe.method == "lora" else trainer.model
    return tuned.to("cpu").eval(), reporter.losses


def save(model: Any, tokenizer: Any, folder: Path) -> None:
    """Weights and tokenizer, as plain transformers loads them."""
    with quiet():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def _config(recipe: Recipe, epochs: float, scratch: Path) -> SFTConfig:
    return SFTConfig(
        output_dir=str(scratch),
        num_train_epochs=epochs,
        per_device_train_batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=0.1,  # of all steps
        seed=recipe.seed,
        bf16=recipe.method == "lora" and not torch.backends.mps.is_available(),
        gradient_checkpointing=False,  # TRL's default is on, and slower wherever memory is enough
        max_length=None,  # nothing is cut off: rows that are too long were refused before
        dataset_kwargs={"skip_prepare_dataset": True},  # the rows are ids and labels already
        logging_steps=1,
        logging_nan_inf_filter=False,  # which would hide that a run is lost
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=recipe.device == "cpu" or not torch.accelerator.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def _repeated(rows: Sequence[Encoded], epochs: float, seed: int) -> list[Encoded]:
    """The rows of so many epochs; of a part of an epoch, so many rows by chance."""
    whole = int(epochs)
    rest = random.Random(seed).sample(list(rows), round((epochs - whole) * len(rows)))
    return [*rows] * whole + rest


def _lora() -> LoraConfig:
    return LoraConfig(r=RANK, lora_alpha=2 * RANK, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM")


def _method(config: Any) -> Method:
    with torch.device("meta"):  # counts without memory
        model = transformers.AutoModelForCausalLM.from_config(config)
    return "full" if model.num_parameters() < SMALL else "lora"


class _Reporter(transformers.TrainerCallback):  # type: ignore[misc]  # transformers is not typed
    """Keeps the losses and tells about each step."""

    def __init__(self, on_step: OnStep | None) -> None:
        self.losses: list[float] = []
        self._on_step = on_step
        self._started = 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._started = time.monotonic()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        if logs and "loss" in logs:
            self.losses.append(float(logs["loss"]))
            if self._on_step is not None:
                each = (time.monotonic() - self._started) / state.global_step
                left = each * (state.max_steps - state.global_step)
                self._on_step(Step(state.global_step, state.max_steps, self.losses[-1], left))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """The terminal belongs to our own progress: no bars and no advice of the libraries."""
    before = transformers.logging.get_verbosity()
    levels = {name: logging.getLogger(name).level for name in ("trl", "accelerate", "peft", "huggingface_hub")}
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    disable_progress_bar()
    for name in levels:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        yield
    finally:
        transformers.logging.set_verbosity(before)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
