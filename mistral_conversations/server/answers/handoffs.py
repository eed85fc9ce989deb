"""The speakers before and after a handoff."""

from mistral_conversations.server.agents.store import AgentStore
from mistral_conversations.server.answers.pieces import Fail, Handoff
from mistral_conversations.server.answers.speaker import Speaker

__all__ = ["next_speaker", "previous_speaker"]


def previous_speaker(agents: AgentStore, piece: Handoff, speaker: Speaker) -> Speaker:
    """Return the agent that hands over: the speaker, unless the piece names another."""
    if piece.previous is None:
        return speaker
    known = agents.named(piece.previous)
    if known:
        return Speaker.of(known[0])
    return Speaker.elsewhere(piece.previous, speaker.model)


def next_speaker(
    agents: AgentStore, piece: Handoff, previous: Speaker
) -> Speaker | Fail:
    """Return the next speaker, or a failure if the handoff is not allowed.

    Among agents of the same name, the newest one listed in `handoffs` is next.
    """
    known = agents.named(piece.to)
    if not known:
        return Speaker.elsewhere(piece.to, previous.model)
    if previous.agent is None:
        return Speaker.of(known[0])
    allowed = previous.agent["handoffs"] or ()
    candidates = [agent for agent in known if agent["id"] in allowed]
    if candidates:
        return Speaker.of(candidates[0])
    message = (
        f"handoff({piece.to!r}): agent {previous.name!r} ({previous.agent_id}) may not "
        f"hand over to it: add {known[0]['id']!r} to the agent's handoffs"
    )
    return Fail(message, 3000, None)
