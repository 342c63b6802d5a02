"""The same request in nine languages, each with what the language ships or what everybody uses. Pure."""

import json
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from frontend.reference.calls import Call


@dataclass(frozen=True)
class Sample:
    """A request in one language; `file_name` is what to save it as."""

    id: str
    name: str
    file_name: str
    text: str


def samples(call: Call) -> list[Sample]:
    """The request in every language."""
    return [Sample(id_, name, file_name, write(call)) for id_, name, file_name, write in LANGUAGES]


def curl(call: Call) -> str:
    lines = [f"curl -X {call.method} {shlex.quote(call.url)}"]
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in call.headers.items()]
    if call.file_field:
        lines.append(f"-F {call.file_field}=@{call.file_name}")
    lines += [f"-F {shlex.quote(f'{name}={value}')}" for name, value in call.form.items()]
    if call.json:
        lines.append(f"-d {shlex.quote(call.json)}")
    return " \\\n  ".join(lines)


def python(call: Call) -> str:
    head = f"""import requests

url = {_quoted(call.url)}
headers = {_dictionary(call.headers)}
"""
    method = _quoted(call.method)
    if call.kind == "upload":
        return f"""{head}fields = {_dictionary(call.form)}
with open({_quoted(call.file_name)}, "rb") as file:
    answer = requests.post(url, headers=headers, data=fields, files={{{_quoted(call.file_field)}: file}}, timeout=120)
print(answer.text)"""
    body = f"data={call.json!r}, " if call.json else ""
    return f"{head}answer = requests.request({method}, url, headers=headers, {body}timeout=120)\nprint(answer.text)"


def javascript(call: Call) -> str:
    options = [f"method: {_quoted(call.method)}", f"headers: {_dictionary(call.headers)}"]
    head = ""
    if call.kind == "upload":
        fields = _lines(f"form.append({_quoted(name)}, {_quoted(value)});" for name, value in call.form.items())
        name = _quoted(call.file_name)
        head = f"""import {{ openAsBlob }} from "node:fs";

const form = new FormData();
form.append({_quoted(call.file_field)}, await openAsBlob({name}), {name});
{fields}
"""
        options.append("body: form")
    elif call.json:
        options.append(f"body: JSON.stringify({call.json})")
    return f"""{head}const answer = await fetch({_quoted(call.url)}, {{
  {_lines((option + "," for option in options), "  ")}
}});
console.log(await answer.text());"""


def php(call: Call) -> str:
    headers = ", ".join(_quoted(f"{name}: {value}") for name, value in call.headers.items())
    body = ""
    if call.kind == "upload":
        fields = "".join(f"\n        {_quoted(name)} => {_quoted(value)}," for name, value in call.form.items())
        file = f"{_quoted(call.file_field)} => new CURLFile({_quoted(call.file_name)}),"
        body = f"\n    CURLOPT_POSTFIELDS => [\n        {file}{fields}\n    ],"
    elif call.json:
        body = f"\n    CURLOPT_POSTFIELDS => '{call.json}',"
    return f"""<?php
$curl = curl_init({_quoted(call.url)});
curl_setopt_array($curl, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_CUSTOMREQUEST => {_quoted(call.method)},
    CURLOPT_HTTPHEADER => [{headers}],{body}
]);
echo curl_exec($curl);"""


def go(call: Call) -> str:
    packages = ["fmt", "io", "net/http"]
    before, body, after = "", "nil", ""
    if call.kind == "upload":
        packages += ["bytes", "mime/multipart", "os"]
        fields = _lines((f"form.WriteField({_quoted(n)}, {_quoted(v)})" for n, v in call.form.items()), "\t")
        before = f"""
	file, err := os.Open({_quoted(call.file_name)})
	if err != nil {{
		panic(err)
	}}
	body := &bytes.Buffer{{}}
	form := multipart.NewWriter(body)
	part, _ := form.CreateFormFile({_quoted(call.file_field)}, {_quoted(call.file_name)})
	io.Copy(part, file)
	{fields}
	form.Close()"""
        body, after = "body", '\n\trequest.Header.Set("Content-Type", form.FormDataContentType())'
    elif call.json:
        packages.append("strings")
        body = f"strings.NewReader(`{call.json}`)"
    headers = "".join(f"\n\trequest.Header.Set({_quoted(n)}, {_quoted(v)})" for n, v in call.headers.items())
    imports = _lines((_quoted(package) for package in sorted(packages)), "\t")
    return f"""package main

import (
	{imports}
)

func main() {{{before}
	request, _ := http.NewRequest({_quoted(call.method)}, {_quoted(call.url)}, {body}){after}{headers}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {{
		panic(err)
	}}
	text, _ := io.ReadAll(answer.Body)
	fmt.Println(string(text))
}}"""


def csharp(call: Call) -> str:
    before, body = "", ""
    if call.kind == "upload":
        file = f"new ByteArrayContent(await File.ReadAllBytesAsync({_quoted(call.file_name)}))"
        adds = [f"form.Add({file}, {_quoted(call.file_field)}, {_quoted(call.file_name)});"]
        adds += [f"form.Add(new StringContent({_quoted(v)}), {_quoted(n)});" for n, v in call.form.items()]
        before, body = (
            f"using var form = new MultipartFormDataContent();\n{_lines(adds)}\n",
            "\nrequest.Content = form;",
        )
    elif call.json:
        text = f'new StringContent({_quoted(call.json)}, System.Text.Encoding.UTF8, "application/json")'
        body = f"\nrequest.Content = {text};"
    headers = "".join(
        f"\nrequest.Headers.Add({_quoted(n)}, {_quoted(v)});" for n, v in call.headers.items() if n != "Content-Type"
    )
    request = f"new HttpRequestMessage(new HttpMethod({_quoted(call.method)}), {_quoted(call.url)})"
    return f"""using var client = new HttpClient();
{before}using var request = {request};{headers}{body}
using var answer = await client.SendAsync(request);
Console.WriteLine(await answer.Content.ReadAsStringAsync());"""


def java(call: Call) -> str:
    before, body = "", "HttpRequest.BodyPublishers.noBody()"
    headers = dict(call.headers)
    if call.kind == "upload":
        part = "--x\\r\\nContent-Disposition: form-data; name="
        fields = "".join(
            f'\n        form.write("{part}\\"{name}\\"\\r\\n\\r\\n{value}\\r\\n".getBytes());'
            for name, value in call.form.items()
        )
        head = f'form-data; name=\\"{call.file_field}\\"; filename=\\"{call.file_name}\\"'
        before = f"""
        var form = new java.io.ByteArrayOutputStream();{fields}
        form.write("--x\\r\\nContent-Disposition: {head}\\r\\n\\r\\n".getBytes());
        form.write(Files.readAllBytes(Path.of({_quoted(call.file_name)})));
        form.write("\\r\\n--x--\\r\\n".getBytes());"""
        body = "HttpRequest.BodyPublishers.ofByteArray(form.toByteArray())"
        headers["Content-Type"] = "multipart/form-data; boundary=x"
    elif call.json:
        body = f"HttpRequest.BodyPublishers.ofString({_quoted(call.json)})"
    chain = "".join(f"\n            .header({_quoted(n)}, {_quoted(v)})" for n, v in headers.items())
    return f"""import java.net.URI;
import java.net.http.*;
import java.nio.file.*;

public class Sample {{
    public static void main(String[] arguments) throws Exception {{{before}
        var request = HttpRequest.newBuilder(URI.create({_quoted(call.url)})){chain}
            .method({_quoted(call.method)}, {body}).build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.body());
    }}
}}"""


def ruby(call: Call) -> str:
    headers = _lines(f"request[{_quoted(name)}] = {_quoted(value)}" for name, value in call.headers.items())
    body = ""
    if call.kind == "upload":
        fields = "".join(f", [{_quoted(name)}, {_quoted(value)}]" for name, value in call.form.items())
        file = f"[{_quoted(call.file_field)}, File.open({_quoted(call.file_name)})]"
        body = f'\nrequest.set_form([{file}{fields}], "multipart/form-data")'
    elif call.json:
        body = f"\nrequest.body = '{call.json}'"
    return f"""require "net/http"

uri = URI({_quoted(call.url)})
request = Net::HTTP::{call.method.capitalize()}.new(uri)
{headers}{body}
http = Net::HTTP.new(uri.host, uri.port)
http.use_ssl = uri.scheme == "https"
http.read_timeout = 120
puts http.request(request).body"""


def powershell(call: Call) -> str:
    headers = "; ".join(f"{_single(n)} = {_single(v)}" for n, v in call.headers.items() if n != "Content-Type")
    lines = [f"$headers = @{{ {headers} }}"]
    more = ""
    if call.kind == "upload":
        fields = "".join(f"; {name} = {_single(value)}" for name, value in call.form.items())
        lines.append(f"$form = @{{ {call.file_field} = Get-Item {_single(call.file_name)}{fields} }}")
        more = " -Form $form"
    elif call.json:
        more = f" -ContentType 'application/json' -Body {_single(call.json)}"
    request = f"Invoke-RestMethod -Method {call.method.capitalize()} -Uri {_single(call.url)} -Headers $headers{more}"
    return _lines([*lines, f"{request} | ConvertTo-Json -Depth 10"])


LANGUAGES: tuple[tuple[str, str, str, Callable[[Call], str]], ...] = (
    ("curl", "curl", "sample.sh", curl),
    ("python", "Python", "sample.py", python),
    ("javascript", "JavaScript", "sample.mjs", javascript),
    ("php", "PHP", "sample.php", php),
    ("go", "Go", "sample.go", go),
    ("csharp", "C#", "Program.cs", csharp),
    ("java", "Java", "Sample.java", java),
    ("ruby", "Ruby", "sample.rb", ruby),
    ("powershell", "PowerShell", "sample.ps1", powershell),
)


def _quoted(text: str) -> str:
    """In double quotes, as eight of the nine languages take it."""
    return json.dumps(text, ensure_ascii=False)


def _single(text: str) -> str:
    """In single quotes, as PowerShell takes it."""
    return "'" + text.replace("'", "''") + "'"


def _dictionary(entries: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{_quoted(name)}: {_quoted(value)}" for name, value in entries.items()) + "}"


def _lines(lines: Iterable[str], indent: str = "") -> str:
    return ("\n" + indent).join(lines)
