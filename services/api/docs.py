"""/docs: the API for a person in a browser, by Swagger UI, whose files come from this host and no other."""

from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse, Response

router = APIRouter(include_in_schema=False)

_FILES = Path(fastapi_offline.__file__).parent / "static"
_SCRIPT, _STYLE = "swagger-ui-bundle.js", "swagger-ui.css"


@router.get("/docs")
def page(request: Request) -> HTMLResponse:
    """The operations of this service, each with a form to try it."""
    return get_swagger_ui_html(
        openapi_url=request.app.openapi_url,
        title=request.app.title,
        swagger_js_url=f"/docs/{_SCRIPT}",
        swagger_css_url=f"/docs/{_STYLE}",
        swagger_favicon_url="data:,",
        # No validator of somebody else's; the descriptions of the bodies stand beside their examples already.
        swagger_ui_parameters={"validatorUrl": None, "defaultModelsExpandDepth": -1},
    )


@router.get(f"/docs/{_SCRIPT}")
def script() -> Response:
    """Swagger UI's script."""
    return FileResponse(_FILES / _SCRIPT, media_type="text/javascript")


@router.get(f"/docs/{_STYLE}")
def style() -> Response:
    """Swagger UI's style sheet."""
    return FileResponse(_FILES / _STYLE, media_type="text/css")
