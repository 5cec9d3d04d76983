"""A DICOMweb client made of odil: it writes the requests and reads the answers; here they only travel. Run by Debian's own
Python: odil_web_client.py OPERATION JSON; prints JSON. Not imported by the tests.

Every request has port and selector ({"studies": UID or "", "series": ...}: the last one empty asks for all of that kind).
"""
import hashlib
import http.client
import json
import pathlib
import sys
import urllib.parse

import odil

WEB = odil.webservices


class Refused(Exception):
    """The server's status was another one than success."""


def selector(asked):
    return WEB.Selector(asked.get("selector", {}), asked.get("frames", []))


def representation(asked):
    return getattr(WEB.Utils.Representation, asked.get("representation", "DICOM_JSON"))


def base(asked):
    return WEB.URL.parse(f"http://127.0.0.1:{asked['port']}{asked.get('root', '/dicom-web')}")


def travel(asked, request, more=None):
    """odil's request to the server, with more headers where odil has none, and the server's answer to odil."""
    message = request.get_http_request()
    target = message.get_target()
    path = urllib.parse.quote(target.path, safe="/,")
    # odil leaves letters beyond ASCII as they are, which no request line may hold (RFC 3986 2.1).
    query = urllib.parse.quote(target.query, safe="&=%,*?:/^")
    headers = {name: value for name, value in dict(message.get_headers()).items() if value}
    headers.update(more or {})
    body = message.get_body() if message.get_method() == "POST" else None
    connection = http.client.HTTPConnection("127.0.0.1", asked["port"], timeout=60)
    connection.request(message.get_method(), path + ("?" + query if query else ""), body=body, headers=headers)
    reply = connection.getresponse()
    read = reply.read()
    connection.close()
    if reply.status not in asked.get("expected", [200]):
        raise Refused(f"{message.get_method()}: status {reply.status}")
    # odil takes quotation marks for a part of a parameter's value (RFC 9110 5.6.6 says otherwise).
    fields = {name: value.replace('"', "") if name == "Content-Type" else value for name, value in reply.getheaders()}
    return WEB.HTTPResponse("HTTP/1.1", reply.status, reply.reason, fields, read)


def data_set_of(asked):
    """Keys to match, in UTF-8, and elements to return."""
    found = odil.DataSet()
    for name, value in asked.get("keys", {}).items():
        found.add(getattr(odil.registry, name), [value.encode()] if value else [])
    return found


def texts(data_set, names):
    """{keyword: values as text}; what a data set lacks is left out."""
    found = {}
    for name in names:
        tag = getattr(odil.registry, name)
        if tag in data_set and not data_set.empty(tag):
            if data_set.is_string(tag):
                found[name] = [value.decode().rstrip("\0 ") for value in data_set.as_string(tag)]
            elif data_set.is_int(tag):
                found[name] = list(data_set.as_int(tag))
            elif data_set.is_real(tag):
                found[name] = list(data_set.as_real(tag))
    return found


def search(asked):
    request = WEB.QIDORSRequest(base(asked))
    request.request_datasets(representation(asked), selector(asked), data_set_of(asked), asked.get("fuzzy", False),
                             asked.get("limit", -1), asked.get("offset", 0), asked.get("numerical", False))
    # odil names no media type in a search.
    accept = {"DICOM_JSON": "application/dicom+json", "DICOM_XML": 'multipart/related; type="application/dicom+xml"'}
    answer = WEB.QIDORSResponse(travel(asked, request, {"Accept": accept[asked.get("representation", "DICOM_JSON")]}))
    return [texts(data_set, asked["read"]) for data_set in answer.get_data_sets()]


def retrieve(asked):
    """Metadata (JSON or XML) or whole instances (DICOM); of these also a digest of the pixels."""
    request = WEB.WADORSRequest(base(asked), asked.get("syntax", ""))
    request.request_dicom(representation(asked), selector(asked))
    answer = WEB.WADORSResponse(travel(asked, request))
    rows = []
    for data_set in answer.get_data_sets():
        row = texts(data_set, asked["read"])
        # In metadata there is at most a reference to them.
        if odil.registry.PixelData in data_set and data_set.is_binary(odil.registry.PixelData):
            row["pixels"] = hashlib.sha256(bytes(data_set.as_binary(odil.registry.PixelData)[0])).hexdigest()
        rows.append(row)
    return rows


def frames(asked):
    """Each frame into folder/N; the media types of the parts."""
    request = WEB.WADORSRequest(base(asked), asked.get("syntax", ""))
    request.request_pixel_data(selector(asked), asked["media_type"])
    answer = WEB.WADORSResponse(travel(asked, request))
    kinds = []
    for number, part in enumerate(answer.get_bulk_data()):
        pathlib.Path(asked["folder"], str(number)).write_bytes(bytes(part.data))
        kinds.append(part.type)
    return kinds


def store(asked):
    """Sends files, read by odil and written anew: UIDs that the server says are stored, and failed. Not as JSON or XML: odil
    then writes (7FE0,0010) as a text with VR UR where the standard has a BulkDataURI (PS3.18 F.2.2)."""
    data_sets = []
    for path in asked["files"]:
        with odil.open(path) as stream:
            data_sets.append(odil.Reader.read_file(stream)[1])
    request = WEB.STOWRSRequest(base(asked))
    request.request_dicom(data_sets, selector(asked), WEB.Utils.Representation.DICOM)
    # odil wants an answer in JSON to be an array, which that of the store transaction is not (PS3.18 10.5.3.2).
    answer = WEB.STOWRSResponse(travel(asked, request, {"Accept": "application/dicom+xml"}))
    said = answer.get_store_instance_responses()

    def uids(sequence, name):
        tag = getattr(odil.registry, sequence)
        items = said.as_data_set(tag) if tag in said and not said.empty(tag) else []
        return [texts(item, [name])[name][0] for item in items]
    return {"stored": uids("ReferencedSOPSequence", "ReferencedSOPInstanceUID"),
            "failed": uids("FailedSOPSequence", "ReferencedSOPInstanceUID")}


if __name__ == "__main__":
    try:
        print(json.dumps(globals()[sys.argv[1]](json.loads(sys.argv[2]))))
    except Refused as refusal:
        sys.exit(str(refusal))
