"""The first pages: server, email address, code, second factor, and how the keys are locked."""

import tkinter

from client.gui import theme
from client.gui.presenters.house import House
from client.gui.presenters.sign_in import Intent, SignIn, SignInState, Step
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.guided import Guided, Steps
from client.gui.widgets import Box, Button, Entry, Label, LinkButton, Look, Tile

STEPS = 5
"""Of a first run: server, email, code, keys, recovery kit."""
_DOTS = {Step.SERVER: 1, Step.EMAIL: 2, Step.CODE: 3, Step.SECOND_FACTOR: 3, Step.SECRET: 4}


class SignInView(Box):
    """One page at a time; each is made when it is first seen."""

    def __init__(self, master: tkinter.Misc, house: House, presenter: SignIn) -> None:
        super().__init__(master)
        self.grid_columnconfigure(0, weight=1)
        self._presenter = presenter
        self._steps = Steps(self, STEPS)
        self._steps.grid(row=0, column=0, sticky="w", pady=(theme.units(4), 0))
        self._house = house
        self._pages: dict[Step, Guided] = {}
        self._shown: Step | None = None
        presenter.watch(self._render)

    def focus_set(self) -> None:
        """On the field that is to be filled."""
        match self._shown:
            case Step.SERVER:
                self._server.focus_set()
            case Step.EMAIL:
                self._email.focus_set()
            case Step.CODE:
                self._code.focus_set()
            case Step.SECOND_FACTOR:
                self._factor.focus_set()
            case Step.SECRET:
                self._secret.focus_set()

    def _render(self, state: SignInState) -> None:
        page = self._page(state.step)
        page.trouble.show(state.error)
        page.busy.show(state.busy_text, on=state.busy)
        self._render_fields(state, page)
        if state.step is not self._shown:
            if self._shown is not None:
                self._pages[self._shown].grid_remove()
            if self._shown is Step.SECRET:
                self._secret.clear()
            self._enter(state, page)
            self._shown = state.step
            if self.winfo_viewable():
                self.focus_set()

    def _page(self, step: Step) -> Guided:
        if step not in self._pages:
            make = {
                Step.SERVER: self._server_page,
                Step.EMAIL: self._email_page,
                Step.CODE: self._code_page,
                Step.SECOND_FACTOR: self._factor_page,
                Step.SECRET: self._secret_page,
            }[step]
            self._pages[step] = make(self._house)
        return self._pages[step]

    def _enter(self, state: SignInState, page: Guided) -> None:
        """What a page shows when it opens; later the person may have typed something else."""
        match state.step:
            case Step.SERVER:
                self._server.set_text(state.address)
            case Step.EMAIL:
                self._email.set_text(state.email)
            case Step.CODE:
                self._code.set_text("")
            case Step.SECOND_FACTOR:
                self._factor.set_text("")
            case Step.SECRET:
                self._secret.clear()
        self._steps.show(_DOTS[state.step])
        page.grid(row=1, column=0, sticky="ew")

    def _render_fields(self, state: SignInState, page: Guided) -> None:
        """Those of the page that is open."""
        idle = not state.busy
        match state.step:
            case Step.SERVER:
                self._render_server(state)
            case Step.EMAIL:
                self._where.show(_where(state), Palette.good if state.encrypted else Palette.warning)
                self._email.show(enabled=idle)
                self._mail.show(enabled=idle)
            case Step.CODE:
                sent = _("It went to {email}. It can take a minute; look into the spam folder, too.")
                page.lead.show(sent.format(email=state.email))
                self._code.show(enabled=idle)
                self._go.show(enabled=idle)
                waiting = _("Another one in {seconds} s").format(seconds=state.resend_in)
                self._resend.show(text=waiting if state.resend_in else _("Mail another one"), enabled=state.can_resend)
            case Step.SECOND_FACTOR:
                self._factor.show(enabled=idle)
                self._go_on.show(enabled=idle)
            case Step.SECRET:
                self._secret.show(state.secret, busy=state.busy)

    def _render_server(self, state: SignInState) -> None:
        idle = not state.busy
        self._server.show(enabled=idle)
        self._find.show(enabled=idle)
        kit = _("After signing in, its 24 words bring back your keys.")
        self._with_kit.show(_ticked(state.intent is Intent.KIT, kit))
        device = _("After signing in, both show six digits to compare.")
        self._with_device.show(_ticked(state.intent is Intent.DEVICE, device))
        if state.offers_http:
            self._http.grid(row=1, column=0, sticky="w", pady=(theme.units(1), 0))
        else:
            self._http.grid_remove()

    def _server_page(self, house: House) -> Guided:
        page = Guided(
            self,
            house,
            "seal",
            _("Welcome to Sealcase"),
            _("Files are sealed on this machine, and opened by whom you name. The server can read none of them."),
        )
        self._server = Entry(
            page.body,
            _("Server"),
            hint=_("Where your people meet; whoever runs it tells you its address."),
            placeholder="files.example.org",
            on_submit=lambda: self._presenter.find_server(self._server.text),
        )
        self._server.grid(row=0, column=0, sticky="ew")
        self._http = LinkButton(
            page.body, _("I trust this network: go on without encryption"), self._presenter.allow_http
        )
        self._find = page.button(
            _("Continue"), lambda: self._presenter.find_server(self._server.text), look=Look.PRIMARY
        )
        Label(page.below, _("Used Sealcase before?"), theme.STRONG).grid(
            row=0, column=0, columnspan=2, sticky="w", pady=(theme.units(1), theme.units(1.5))
        )
        page.below.grid_columnconfigure((0, 1), weight=1, uniform="ways")
        self._with_kit = Tile(page.below, "paper", _("I have a recovery kit"), lambda: self._want(Intent.KIT))
        self._with_kit.grid(row=1, column=0, sticky="nsew", padx=(0, theme.units(1)))
        self._with_device = Tile(page.below, "device", _("Add this device"), lambda: self._want(Intent.DEVICE))
        self._with_device.grid(row=1, column=1, sticky="nsew", padx=(theme.units(1), 0))
        return page

    def _email_page(self, house: House) -> Guided:
        page = Guided(
            self,
            house,
            "mail",
            _("What is your email address?"),
            _("A code is mailed to it: that is all you need to sign in. There is no password at the server."),
        )
        self._where = Label(page.body, "", theme.BODY, Palette.good, wrap=True)
        self._where.grid(row=0, column=0, sticky="ew", pady=(0, theme.units(2)))
        self._email = Entry(
            page.body,
            _("Email address"),
            placeholder="you@example.org",
            on_submit=lambda: self._presenter.give_email(self._email.text),
        )
        self._email.grid(row=1, column=0, sticky="ew")
        self._mail = page.button(
            _("Mail me a code"), lambda: self._presenter.give_email(self._email.text), look=Look.PRIMARY
        )
        page.button(_("Back"), self._presenter.back)
        return page

    def _code_page(self, house: House) -> Guided:
        page = Guided(self, house, "mail", _("Type the code"), "")
        self._code = Entry(
            page.body,
            _("Code"),
            hint=_("Six digits; paste them, and it goes on by itself."),
            font=theme.mono(22),
            on_change=self._presenter.type_code,
            on_submit=lambda: self._presenter.give_code(self._code.text),
        )
        self._code.grid(row=0, column=0, sticky="ew")
        self._go = page.button(_("Sign in"), lambda: self._presenter.give_code(self._code.text), look=Look.PRIMARY)
        page.button(_("Back"), self._presenter.back)
        self._resend = page.button("", self._presenter.resend, look=Look.LINK)
        return page

    def _factor_page(self, house: House) -> Guided:
        page = Guided(
            self,
            house,
            "lock",
            _("The second factor"),
            _("This account asks for the code that your authenticator app shows, or for one of your recovery codes."),
        )
        self._factor = Entry(
            page.body,
            _("Code of the app, or recovery code"),
            font=theme.mono(22),
            on_submit=lambda: self._presenter.give_second_factor(self._factor.text),
        )
        self._factor.grid(row=0, column=0, sticky="ew")
        self._go_on = page.button(
            _("Sign in"), lambda: self._presenter.give_second_factor(self._factor.text), look=Look.PRIMARY
        )
        page.button(_("Back"), self._presenter.back)
        return page

    def _secret_page(self, house: House) -> Guided:
        from client.gui.views.secret import SecretForm

        page = Guided(
            self,
            house,
            "key",
            _("How should your keys be locked?"),
            _("Sealcase makes keys for you, on this machine. They never leave it in the open."),
        )
        self._secret = SecretForm(page.body, self._presenter.use_keyring, self._presenter.use_passphrase)
        self._secret.grid(row=0, column=0, sticky="ew")
        self._cancel: Button = page.button(_("Back"), self._presenter.back)
        return page

    def _want(self, intent: Intent) -> None:
        """Pressed again, it is no longer wanted."""
        chosen = self._presenter.state.intent
        self._presenter.choose_intent(Intent.SIGN_IN if chosen is intent else intent)
        self._server.focus_set()


def _ticked(on: bool, text: str) -> str:
    return f"✓ {text}" if on else text


def _where(state: SignInState) -> str:
    if state.encrypted:
        return _("✓ {server} is a Sealcase server, and the way to it is encrypted.").format(server=state.server)
    return _("✓ {server} is a Sealcase server. The way to it is not encrypted.").format(server=state.server)
