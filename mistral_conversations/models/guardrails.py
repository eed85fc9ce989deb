"""Models of guardrails: moderation of inputs and answers."""

from typing import Literal, TypeAlias

from attrs import frozen

from mistral_conversations._public import publish
from mistral_conversations.models.model import Model

__all__ = [
    "GuardrailConfig",
    "ModerationLLMAction",
    "ModerationLLMV1CategoryThresholds",
    "ModerationLLMV1Config",
    "ModerationLLMV2CategoryThresholds",
    "ModerationLLMV2Config",
]

ModerationLLMAction: TypeAlias = Literal["none", "block"] | str


@frozen(kw_only=True, repr=False)
class ModerationLLMV1CategoryThresholds(Model):
    """Scores from 0 to 1 above which the first model reports a category."""

    sexual: float | None = None
    hate_and_discrimination: float | None = None
    violence_and_threats: float | None = None
    dangerous_and_criminal_content: float | None = None
    selfharm: float | None = None
    health: float | None = None
    financial: float | None = None
    law: float | None = None
    pii: float | None = None


@frozen(kw_only=True, repr=False)
class ModerationLLMV1Config(Model):
    """Moderation by the first model; the service decides on settings that are None."""

    model_name: str | None = None
    custom_category_thresholds: ModerationLLMV1CategoryThresholds | None = None
    ignore_other_categories: bool | None = None
    """Whether to check only the categories that have a threshold."""

    action: ModerationLLMAction | None = None
    """What to do when a score exceeds its threshold; the service reads None as
    `none`."""


@frozen(kw_only=True, repr=False)
class ModerationLLMV2CategoryThresholds(Model):
    """Scores from 0 to 1 above which the second model reports a category."""

    sexual: float | None = None
    hate_and_discrimination: float | None = None
    violence_and_threats: float | None = None
    dangerous: float | None = None
    criminal: float | None = None
    selfharm: float | None = None
    health: float | None = None
    financial: float | None = None
    law: float | None = None
    pii: float | None = None
    jailbreaking: float | None = None


@frozen(kw_only=True, repr=False)
class ModerationLLMV2Config(Model):
    """Moderation by the second model; the service decides on settings that are None."""

    model_name: str | None = None
    custom_category_thresholds: ModerationLLMV2CategoryThresholds | None = None
    ignore_other_categories: bool | None = None
    """Whether to check only the categories that have a threshold."""

    action: ModerationLLMAction | None = None
    """What to do when a score exceeds its threshold; the service reads None as
    `none`."""


@frozen(kw_only=True, repr=False)
class GuardrailConfig(Model):
    """One guardrail; the service answers a blocked request with 403."""

    block_on_error: bool | None = None
    """Whether to block when the moderation itself fails; the service reads None as
    false."""

    moderation_llm_v1: ModerationLLMV1Config | None = None
    moderation_llm_v2: ModerationLLMV2Config | None = None


publish(globals(), *__all__)
