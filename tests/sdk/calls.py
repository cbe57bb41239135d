"""Calls a provider with the vendors' own SDKs, as an application does.

Usage: calls.py BASE_URL. Prints a line of JSON for each call: what the SDK made of the
answer, and the tokens that the SDK's own usage object states.
"""

import json
import sys

import anthropic
import openai
from google import genai
from google.genai import types
from mistralai.client import Mistral

BASE = sys.argv[1]
KEY = "not-a-key"
ASK = [{"role": "user", "content": "How warm is it in Oslo?"}]


def tell(number, parts, model, sent, received):
    """Prints one call: all objects that the SDK gave, and what its last usage says."""
    objects = [part.model_dump(mode="json", warnings=False) for part in parts]
    for each in objects:
        # Made by the SDK from the connection, not from the answer's body.
        each.pop("sdk_http_response", None)
    print(json.dumps({
        "call": number, "objects": objects, "model": model, "sent": sent, "received": received,
    }))


def openai_client(number):
    return openai.OpenAI(api_key=KEY, base_url=f"{BASE}/openai/{number}/v1", max_retries=0)


def chat():
    whole = openai_client(0).chat.completions.create(model="gpt-5-mini", messages=ASK)
    tell(0, [whole], whole.model, whole.usage.prompt_tokens, whole.usage.completion_tokens)
    parts = list(openai_client(1).chat.completions.create(
        model="gpt-5-mini", messages=ASK, stream=True, stream_options={"include_usage": True}))
    usage = parts[-1].usage
    tell(1, parts, parts[-1].model, usage.prompt_tokens, usage.completion_tokens)


def responses():
    whole = openai_client(2).responses.create(model="gpt-5-mini", input="Hello")
    tell(2, [whole], whole.model, whole.usage.input_tokens, whole.usage.output_tokens)
    parts = list(openai_client(3).responses.create(
        model="gpt-5-mini", input="Hello", stream=True))
    last = parts[-1].response
    tell(3, parts, last.model, last.usage.input_tokens, last.usage.output_tokens)


def embeddings():
    whole = openai_client(4).embeddings.create(model="text-embedding-3-small", input="Hello")
    usage = whole.usage
    tell(4, [whole], whole.model, usage.prompt_tokens, usage.total_tokens - usage.prompt_tokens)


def messages():
    def client(number):
        return anthropic.Anthropic(
            api_key=KEY, base_url=f"{BASE}/anthropic/{number}", max_retries=0)

    def sent(usage):
        # Anthropic's input_tokens are what was neither read from a cache nor written to one.
        cached = (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
        return usage.input_tokens + cached

    whole = client(5).messages.create(model="claude-sonnet-4-5", max_tokens=64, messages=ASK)
    tell(5, [whole], whole.model, sent(whole.usage), whole.usage.output_tokens)
    with client(6).messages.stream(
            model="claude-sonnet-4-5", max_tokens=64, messages=ASK) as stream:
        last = stream.get_final_message()
    tell(6, [last], last.model, sent(last.usage), last.usage.output_tokens)


def generate_content():
    def models(number):
        options = types.HttpOptions(base_url=f"{BASE}/gemini/{number}")
        # Kept: the client closes its connections when it is collected.
        clients.append(genai.Client(api_key=KEY, http_options=options))
        return clients[-1].models

    def received(usage):
        return usage.candidates_token_count + (usage.thoughts_token_count or 0)

    clients = []
    whole = models(7).generate_content(model="gemini-2.5-flash", contents="Hello")
    usage = whole.usage_metadata
    tell(7, [whole], whole.model_version, usage.prompt_token_count, received(usage))
    parts = list(models(8).generate_content_stream(model="gemini-2.5-flash", contents="Hello"))
    usage = parts[-1].usage_metadata
    tell(8, parts, parts[-1].model_version, usage.prompt_token_count, received(usage))


def mistral():
    def client(number):
        return Mistral(api_key=KEY, server_url=f"{BASE}/mistral/{number}")

    whole = client(9).chat.complete(model="mistral-small-latest", messages=ASK)
    tell(9, [whole], whole.model, whole.usage.prompt_tokens, whole.usage.completion_tokens)
    parts = [event.data for event in client(10).chat.stream(
        model="mistral-small-latest", messages=ASK)]
    usage = parts[-1].usage
    tell(10, parts, parts[-1].model, usage.prompt_tokens, usage.completion_tokens)


chat()
responses()
embeddings()
messages()
generate_content()
mistral()
