"""How prompts are written for the small model, wherever it runs: so that a tab and a native worker
go on with each other's answers to the letter.

Its file's own template names it and its makers in each conversation, which a model so small cannot
bear.
"""

CHATML = (
    "{% for each in messages %}<|im_start|>{{ each.role }}\n{{ each.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
