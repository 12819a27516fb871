"""The one text that the demonstration model knows, and that answers every question."""

ANSWER = (
    "Hello from ashao! I am a tiny demonstration model, so I recite this one text whatever you ask"
    " — but every word was really computed just now, on a machine that somebody lent you. Should"
    " it go away in mid-sentence, another picks up at the very letter where the first stopped; your"
    " answer still arrives whole, as you see here. Real models are one choice away: open the donor"
    " page, pick a larger one, and share your graphics card with people who have none. Like a café"
    " with many cooks 🌱, nobody waits in vain."
)
