"""JSON Schemas (2020-12, as in OpenAPI 3.1) of what both APIs answer, by the names that `endpoints.toml` uses. Pure."""

from typing import Any

from ocr.types import ENGINE, TEXT_LAYER

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "number"}
FLAG: Json = {"type": "boolean"}
OBJECT: Json = {"type": "object"}
ANYTHING: Json = {}
COUNT = {"type": "integer", "minimum": 0}
TIME = {"type": "integer", "description": "Milliseconds since 1970, UTC."}
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
GRID = {"type": "integer", "minimum": 0, "maximum": 1000, "description": "Thousandths of the upright image."}


def _object(optional: Json | None = None, /, **properties: Json) -> Json:
    """An object with exactly these keys; those of `optional` may be missing."""
    return {
        "type": "object",
        "properties": {**properties, **(optional or {})},
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _map(values: Json) -> Json:
    return {"type": "object", "additionalProperties": values}


def _one_of(*values: str) -> Json:
    return {"type": "string", "enum": list(values)}


def ref(name: str) -> Json:
    """The schema of this name, by reference."""
    return {"$ref": f"#/components/schemas/{name}"}


BOX: Json = {"bbox": _or_null(ref("Box")), "vertices": _or_null(_list(ref("Point")))}
PLACE: Json = {
    **BOX,
    "match_ratio": SHARE,
    "bbox_source": _or_null(_one_of("token_id", "vision_symbol_match")),
    "confidence": SHARE,
}
CORRECTED = {"read": ANYTHING, "corrected_at": TIME}
PART: Json = {"text": TEXT, "bbox": ref("Box"), "vertices": _list(ref("Point")), "confidence": SHARE}
USED: Json = {"used": COUNT, "limit": _or_null(COUNT), "remaining": _or_null(COUNT)}
JOB: Json = {
    "jobId": TEXT,
    "uniqueKey": TEXT,
    "originalName": TEXT,
    "page": _or_null(COUNT),
    "path": TEXT,
    "sheetRef": TEXT,
    "status": _one_of("pending", "processing", "done", "failed"),
    "attempts": COUNT,
    "duplicate": FLAG,
    "imageUrl": _or_null(TEXT),
    "createdAt": TIME,
    "finishedAt": _or_null(TIME),
    "error": _or_null(_object(code=TEXT, message=TEXT)),
}
DELIVERY: Json = {
    "id": TEXT,
    "eventId": TEXT,
    "type": TEXT,
    "url": TEXT,
    "status": TEXT,
    "attemptCount": COUNT,
    "nextAttemptAt": _or_null(TIME),
    "createdAt": TIME,
    "finishedAt": _or_null(TIME),
}

_FIELD = {"name": TEXT, "type": _one_of("string", "number", "date", "money", "array"), "description": TEXT}
_BESIDE = {**PLACE, "normalized": _or_null(OBJECT), **CORRECTED}
_SHEET = {"type": _one_of("sheet"), "path": TEXT, "name": TEXT, "columns": _list(ref("Field"))}
_WORD = _object(WordText=TEXT, Left=NUMBER, Top=NUMBER, Height=NUMBER, Width=NUMBER)
_LINE = _object(LineText=TEXT, Words=_list(_WORD), MaxHeight=NUMBER, MinTop=NUMBER)
_PAGE = _object(
    TextOverlay=_object(Lines=_list(_LINE), HasOverlay=FLAG, Message=TEXT),
    TextOrientation=_one_of("0", "90", "180", "270"),
    FileParseExitCode={"type": "integer", "enum": [0, 1, -10, -20, -30, -99]},
    ParsedText=TEXT,
    ErrorMessage=TEXT,
    ErrorDetails=TEXT,
)

SCHEMAS: dict[str, Json] = {
    "ParseAnswer": _object(
        {
            "ParsedResults": _list(_PAGE),
            "ErrorMessage": _list(TEXT),
            "ErrorDetails": TEXT,
            "SearchablePDFURL": TEXT,
        },
        OCRExitCode={"type": "integer", "enum": [1, 2, 3, 4, 6, 99]},
        IsErroredOnProcessing=FLAG,
        ProcessingTimeInMilliseconds=TEXT,
    ),
    "Counts": _object(count_total=COUNT, count_engine1=COUNT, count_engine2=COUNT, count_engine3=COUNT),
    # Wrong parameters are told in the other shape.
    "Conversions": {"anyOf": [ref("Counts"), ref("ParseAnswer")]},
    "Error": _object(
        error=_object(code=TEXT, message=TEXT, requestId=TEXT),
        details={"type": "object", "properties": {"docs": TEXT}, "required": ["docs"]},
    ),
    "Point": _object(x=GRID, y=GRID),
    "Box": _object(xmin=GRID, ymin=GRID, xmax=GRID, ymax=GRID),
    "Field": _object({"children": _list(ref("Field"))}, **_FIELD),
    # A cell that was written by hand before anything was read holds its value alone.
    "Value": _object(
        _BESIDE,
        value={"anyOf": [TEXT, _list(_map(ref("Value")))], "description": "As printed; line items for arrays."},
    ),
    "FlatValues": {
        "type": "object",
        "properties": {"field_bboxes": _map(_object(_BESIDE))},
        "required": ["field_bboxes"],
        "additionalProperties": {"anyOf": [TEXT, _list(ref("FlatValues"))]},
    },
    "PlainValues": _map({"anyOf": [TEXT, _list(_map(TEXT))]}),
    "Image": _object(width=COUNT, height=COUNT, rotation=NUMBER, language=TEXT),
    "Warning": _object(code=TEXT, fields=_list(TEXT), message=TEXT),
    "Usage": _object(charged=FLAG, units=COUNT, remaining=_or_null(COUNT)),
    "FieldsAnswer": _object(
        status=_one_of("success"),
        data={"anyOf": [_map(ref("Value")), ref("FlatValues")], "description": "Flat with shape=flat."},
        image=ref("Image"),
        warnings=_list(ref("Warning")),
        usage=ref("Usage"),
    ),
    "TextAnswer": _object(
        status=_one_of("success"),
        text=TEXT,
        pages=_list(
            _object(
                page=COUNT,
                width=COUNT,
                height=COUNT,
                rotation=NUMBER,
                language=TEXT,
                source=_one_of(ENGINE, TEXT_LAYER),
                lines=_list(_object(words=_list(_object(**PART)), **PART)),
            )
        ),
        usage=ref("Usage"),
    ),
    "Templates": _object(templates=_list(_object(id=TEXT, name=TEXT, builtIn=FLAG, fields=_list(ref("Field"))))),
    "Entries": _list(
        _object(
            {"uniqueKey": TEXT, "extensions": _one_of("sheet")},
            path=TEXT,
            name=TEXT,
            type=_one_of("folder", "sheet", "memo", "img"),
            createdAt=TIME,
        )
    ),
    "Created": _object(path=TEXT, type=_one_of("folder", "sheet", "memo"), uniqueKey=TEXT),
    "FolderView": _object(
        type=_one_of("folder"), path=TEXT, items=_list(_object(path=TEXT, name=TEXT, type=TEXT, uniqueKey=TEXT))
    ),
    "MemoView": _object(type=_one_of("memo"), path=TEXT, name=TEXT, text=TEXT),
    "Row": _object(
        rowKey=TEXT,
        name=TEXT,
        imageUrl=_or_null(TEXT),
        ocrStatus=_one_of("pending", "processing", "done", "failed"),
        values={"anyOf": [ref("FlatValues"), ref("PlainValues")], "description": "Plain with boxes=0."},
    ),
    "SheetView": _object(
        **_SHEET,
        total=COUNT,
        matched=COUNT,
        offset=COUNT,
        limit=COUNT,
        nextOffset=_or_null(COUNT),
        rows=_list(ref("Row")),
    ),
    "View": {"anyOf": [ref("SheetView"), ref("FolderView"), ref("MemoView")]},
    "Edited": _object(
        ok=FLAG,
        patched={
            "anyOf": [
                _object(row={"type": ["integer", "string"]}, column={"type": ["integer", "string"]}, value=ANYTHING),
                _object(text=TEXT),
            ]
        },
    ),
    "Done": _object(ok=FLAG),
    "Job": _object(
        {"queuePosition": _or_null(COUNT), "expectedAt": _or_null(TIME)},
        **JOB,
        result=_or_null(_object(data=_map(ref("Value")), image=_or_null(ref("Image")), warnings=_list(ref("Warning")))),
    ),
    "Jobs": _object(jobs=_list(_object(**JOB)), nextCursor=_or_null(TEXT)),
    "Uploaded": _object(
        {"results": _list(ref("Job"))},
        path=TEXT,
        jobs=_list(
            _object(
                {"page": COUNT, "duplicate": FLAG, "hasMorePages": FLAG},
                uniqueKey=TEXT,
                originalName=TEXT,
                jobId=TEXT,
                status=_one_of("pending", "processing", "done", "failed"),
            )
        ),
    ),
    "Amount": _object(
        free=_object(cycleStart=TIME, cycleEnd=TIME, **USED),
        flatfee=_object(enabled=FLAG, nextBillingAt=_or_null(TIME), **USED),
        balance=_or_null({"type": "integer"}),
        currency=_one_of("scans"),
        perCallCost=COUNT,
    ),
    "Webhook": _object(
        {"secret": TEXT},
        url=TEXT,
        events=_list(TEXT),
        active=FLAG,
        disabledReason=_or_null(TEXT),
        createdAt=TIME,
        formerSecretUntil=_or_null(TIME),
    ),
    "DeliveryLine": _object(**DELIVERY),
    "Delivery": _object(
        **DELIVERY,
        attempts=_list(
            _object(
                number=COUNT,
                statusCode=_or_null(COUNT),
                reason=_or_null(TEXT),
                startedAt=TIME,
                milliseconds=_or_null(COUNT),
            )
        ),
        body=TEXT,
    ),
    "Deliveries": _object(deliveries=_list(ref("DeliveryLine")), nextCursor=_or_null(TEXT)),
    "File": {"type": "string", "format": "binary"},
}
