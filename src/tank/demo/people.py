"""Invented customers of an invented card company, and what they spent last month: the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from faker import Faker

_SEED = 20_140_614
_GRADES = ("일반", "골드", "플래티넘", "VIP")
_BANKS = ("한강은행", "백두은행", "다도해은행", "한라은행")
_SHOPS = (
    ("달빛카페", 4_500, 18_000),
    ("산들마트", 12_000, 180_000),
    ("초록약국", 3_000, 45_000),
    ("구름책방", 9_000, 72_000),
    ("바른분식", 5_500, 28_000),
    ("한걸음주유소", 30_000, 110_000),
    ("새벽시장", 8_000, 96_000),
    ("온누리치과의원", 15_000, 890_000),
    ("다온통신 자동납부", 33_000, 99_000),
    ("모아전자", 49_000, 1_690_000),
    ("솔바람호텔", 88_000, 420_000),
    ("두바퀴자전거", 12_000, 350_000),
    ("해오름택시", 4_800, 38_000),
    ("하늘길항공", 69_000, 780_000),
)
_WITHOUT_BRANCHES = frozenset({"온누리치과의원", "다온통신 자동납부", "해오름택시", "하늘길항공"})
_BRANCHES = ("강남", "홍대입구", "여의도", "판교", "일산", "송도", "해운대", "서면", "동성로", "둔산", "상무", "수원역")
_STREETS = (
    "서울특별시 마포구 월드컵로",
    "서울특별시 송파구 올림픽로",
    "부산광역시 해운대구 센텀중앙로",
    "대구광역시 수성구 달구벌대로",
    "인천광역시 연수구 컨벤시아대로",
    "광주광역시 서구 상무중앙로",
    "대전광역시 유성구 대학로",
    "울산광역시 남구 삼산로",
    "경기도 수원시 영통구 광교로",
)
#: As many purchases as one page of a statement holds.
MAX_PURCHASES = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """One use of a card."""

    day: date
    shop: str
    amount: int
    #: Monthly instalments; 1 is paid at once.
    instalments: int

    @property
    def charge(self) -> int:
        """What is to be paid for it this month."""
        return self.amount // self.instalments


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer with last month's statement."""

    id: str
    name: str | None
    email: str | None
    grade: str
    address: str
    #: With all but the last digits hidden.
    card_number: str
    bank: str
    due_day: date
    points: int
    purchases: tuple[Purchase, ...]

    @property
    def total(self) -> int:
        """What is to be paid this month."""
        return sum(purchase.charge for purchase in self.purchases)


def invent_customers(count: int, month: date) -> Iterator[Customer]:
    """Customers C000001 and so on; ``month`` is the first day of the month that they are billed for.

    Some are as real tables have them: see ``_defects``.
    """
    faker = Faker("ko_KR")
    faker.seed_instance(_SEED)
    chance = random.Random(_SEED)  # noqa: S311 - invented data, the same each time
    shops = [
        (name if name in _WITHOUT_BRANCHES else f"{name} {branch}점", low, high)
        for name, low, high in _SHOPS
        for branch in chance.sample(_BRANCHES, 4)
    ]
    due_days = [_day_of_next_month(month, day) for day in (5, 12, 14, 25)]
    email_before = ""
    for number in range(1, count + 1):
        email: str | None = f"{_login(chance)}{number}@example.com"
        name: str | None = faker.name()
        name, email = _defects(number, name, email, email_before)
        yield Customer(
            id=f"C{number:06}",
            name=name,
            email=email,
            grade=chance.choices(_GRADES, (70, 20, 8, 2))[0],
            address=f"{chance.choice(_STREETS)} {chance.randint(1, 320)}",
            card_number=f"****-****-****-{chance.randint(0, 9999):04}",
            bank=f"{chance.choice(_BANKS)} ***-**-{chance.randint(0, 9999):04}",
            due_day=chance.choice(due_days),
            points=chance.randint(0, 90_000),
            purchases=_purchases(chance, shops, month),
        )
        email_before = email or ""


def _defects(number: int, name: str | None, email: str | None, email_before: str) -> tuple[str | None, str | None]:
    """What is wrong with a customer's row, by the number, out of each 200: four bad addresses, one that two
    customers share, and one without a name."""
    match number % 200:
        case 21:
            email = "이메일 없음"
        case 67:
            email = f"kim..{number}@example.com"
        case 103:
            email = f"user{number}@example,com"
        case 149:
            email = None
        case 172:
            email = email_before
        case 188:
            name = None
    return name, email


def _login(chance: random.Random) -> str:
    return "".join(chance.choice(("ha", "min", "seo", "jun", "bo", "yu", "rin", "woo", "ji", "eun")) for _ in range(3))


def _purchases(chance: random.Random, shops: list[tuple[str, int, int]], month: date) -> tuple[Purchase, ...]:
    """A month's purchases in order; the dear ones are sometimes paid in instalments."""
    last = (_day_of_next_month(month, 1) - timedelta(days=1)).day
    days = sorted(chance.randint(1, last) for _ in range(chance.randint(2, MAX_PURCHASES)))
    return tuple(_purchase(chance, chance.choice(shops), month.replace(day=day)) for day in days)


def _purchase(chance: random.Random, shop: tuple[str, int, int], day: date) -> Purchase:
    name, low, high = shop
    amount = chance.randint(low, high) // 100 * 100
    instalments = chance.choice((1, 3, 6, 12)) if amount > 300_000 else 1
    return Purchase(day=day, shop=name, amount=amount, instalments=instalments)


def _day_of_next_month(month: date, day: int) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=day)
