"""Who speaks before and after a handoff."""

from mistral_conversations.server.agents.store import Agents
from mistral_conversations.server.pieces import Fail, Handoff
from mistral_conversations.server.speaker import Speaker

__all__ = ["next_speaker", "previous_speaker"]


def previous_speaker(agents: Agents, piece: Handoff, speaker: Speaker) -> Speaker:
    """Give who hands over: who speaks, or who the script says it is."""
    if piece.previous is None:
        return speaker
    known = agents.called(piece.previous)
    if known:
        return Speaker.of(known[0])
    return Speaker.elsewhere(piece.previous, speaker.model)


def next_speaker(agents: Agents, piece: Handoff, previous: Speaker) -> Speaker | Fail:
    """Give who speaks then; a failure where the script hands over as it may not.

    Of agents with the same name, the one among the `handoffs` is meant.
    """
    known = agents.called(piece.to)
    if not known:
        return Speaker.elsewhere(piece.to, previous.model)
    if previous.agent is None:
        return Speaker.of(known[0])
    allowed = previous.agent["handoffs"] or ()
    meant = [agent for agent in known if agent["id"] in allowed]
    if meant:
        return Speaker.of(meant[0])
    message = (
        f"handoff({piece.to!r}): agent {previous.name!r} ({previous.agent_id}) may not "
        f"hand over to it: add {known[0]['id']!r} to the agent's handoffs"
    )
    return Fail(message, 3000, None)
