"""The models as the stand-in for Replicate publishes them: schemas of their own, written down as Replicate has them and
not made from Easel's catalogue, which is compared with them."""

from collections.abc import Sequence
from typing import Any

_RATIOS = ("1:1", "3:2", "2:3")
_MORE_RATIOS = (*_RATIOS, "4:3", "3:4", "16:9", "9:16", "auto")
_SIZES = (
    "1024x1024", "1536x1024", "1024x1536", "1536x1152", "1152x1536",
    "2048x2048", "2048x1152", "1152x2048", "3840x2160", "2160x3840",
)  # fmt: skip
_QUALITIES = ("low", "medium", "high", "auto")
_MORE_QUALITIES = ("low", "medium", "high", "xhigh", "max", "auto")


def published_schemas() -> dict[str, dict[str, Any]]:
    """The OpenAPI schema of each model, by owner/name."""
    return {
        "openai/gpt-image-2": _schema(_QUALITIES, _MORE_RATIOS + _SIZES),
        "openai/gpt-image-2.5-flare": _schema(_MORE_QUALITIES, _MORE_RATIOS + _SIZES),
        "openai/gpt-image-2.5-sunburst": _schema(_MORE_QUALITIES, _MORE_RATIOS + _SIZES),
        "openai/gpt-image-1.5": _schema(
            _QUALITIES, _RATIOS, {"input_fidelity": {"default": "low", "enum": ["low", "high"]}}
        ),
    }


def _schema(
    qualities: Sequence[str], ratios: Sequence[str], more: dict[str, dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Laid out as Cog does: choices are schemas of their own."""
    choices: dict[str, dict[str, Any]] = {
        "quality": {"default": "auto", "enum": list(qualities)},
        "aspect_ratio": {"default": "1:1", "enum": list(ratios)},
        "background": {"default": "auto", "enum": ["auto", "transparent", "opaque"]},
        "moderation": {"default": "auto", "enum": ["auto", "low"]},
        "output_format": {"default": "webp", "enum": ["webp", "png", "jpeg"]},
    } | (more or {})
    properties: dict[str, dict[str, Any]] = {
        "prompt": {"type": "string"},
        **{
            name: {"allOf": [{"$ref": f"#/components/schemas/{name}"}], "default": each["default"]}
            for name, each in choices.items()
        },
        "input_images": {"type": "array", "items": {"type": "string", "format": "uri"}, "default": []},
        "output_compression": {"type": "integer", "minimum": 0, "maximum": 100, "default": 90},
        "number_of_images": {"type": "integer", "minimum": 1, "maximum": 10, "default": 1},
        "user_id": {"type": "string", "nullable": True},
        "openai_api_key": {"type": "string", "format": "password", "writeOnly": True, "x-cog-secret": True},
    }
    titled = {
        name: {"title": name.replace("_", " ").capitalize(), "x-order": order} | each
        for order, (name, each) in enumerate(properties.items())
    }
    schemas = {
        name: {"type": "string", "title": name, "enum": each["enum"], "description": "An enumeration."}
        for name, each in choices.items()
    }
    return {
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "paths": {},
        "components": {
            "schemas": schemas
            | {
                "Input": {"type": "object", "title": "Input", "required": ["prompt"], "properties": titled},
                "Output": {"type": "array", "title": "Output", "items": {"type": "string", "format": "uri"}},
            }
        },
    }


def model_page(slug: str, schema: dict[str, Any], *, origin: str, run_count: int) -> dict[str, Any]:
    """What models.get answers."""
    owner, _, name = slug.partition("/")
    return {
        "url": f"{origin}/{slug}",
        "owner": owner,
        "name": name,
        "description": f"Stands in for {name}: its pictures are drawn without a model",
        "visibility": "public",
        "is_official": True,
        "github_url": None,
        "paper_url": None,
        "license_url": None,
        "cover_image_url": None,
        "default_example": None,
        "run_count": run_count,
        "latest_version": {
            "id": "hidden",
            "created_at": "2026-01-01T00:00:00.000000Z",
            "cog_version": "0.16.0",
            "openapi_schema": schema,
        },
    }
