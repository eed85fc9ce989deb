"""Model cards, written from the published description."""

from typing import Any, TypeAlias

__all__ = [
    "CAPABILITIES",
    "FT_ID",
    "MODEL_ID",
    "ft_model_card",
    "model_card",
    "model_list",
]

Body: TypeAlias = dict[str, Any]

MODEL_ID = "mistral-medium-2508"
FT_ID = "ft:open-mistral-7b:587a6b29:20240514:7e773925"

CAPABILITIES: Body = {
    "completion_chat": True,
    "function_calling": True,
    "reasoning": False,
    "completion_fim": False,
    "fine_tuning": False,
    "vision": True,
    "ocr": False,
    "classification": False,
    "moderation": False,
    "audio": False,
    "audio_transcription": False,
    "audio_transcription_realtime": False,
    "audio_speech": False,
    "unified_resources": False,
}


def model_card(**others: Any) -> Body:
    return {
        "id": MODEL_ID,
        "object": "model",
        "created": 1_754_000_000,
        "owned_by": "mistralai",
        "capabilities": dict(CAPABILITIES),
        "name": MODEL_ID,
        "description": "A model for tests.",
        "max_context_length": 131_072,
        "aliases": ["mistral-medium-latest"],
        "deprecation": None,
        "deprecation_replacement_model": None,
        "default_model_temperature": 0.3,
        "internal": False,
        "type": "base",
        **others,
    }


def ft_model_card(**others: Any) -> Body:
    return model_card(
        **{
            "id": FT_ID,
            "type": "fine-tuned",
            "job": "7e773925-7c1d-4e6f-9a41-0e8f1a520000",
            "root": "open-mistral-7b",
            "archived": False,
            "aliases": [],
            **others,
        }
    )


def model_list(*cards: Body) -> Body:
    return {"object": "list", "data": list(cards or (model_card(), ft_model_card()))}
