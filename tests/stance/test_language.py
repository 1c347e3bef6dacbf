import pytest

from stance.language import is_foreign


@pytest.mark.parametrize(
    "text",
    [
        "Xi Jinping, Wang Yi, Choe Son Hui and Sergei Lavrov met in Pyongyang, Xinhua and TASS reported.",
        "Seoul waits.",
        "38",
        "“Juche,” he said, quoting Rodong Sinmun; “songun,” he added.",
        "U.S. TREASURY BLACKLISTS DANDONG TRADING FIRMS OVER COAL, IRON ORE SHIPMENTS",
    ],
)
def test_english_full_of_names_is_english(text):
    assert not is_foreign(text)


@pytest.mark.parametrize(
    "text",
    [
        "Le ministère chinois des Affaires étrangères a appelé lundi toutes les parties à la retenue.",
        "El gobierno de Estados Unidos anunció nuevas sanciones contra varias empresas norcoreanas.",
        "中国外交部发言人表示，各方应保持克制。",
        "МИД России призвал стороны к сдержанности.",
        "조선민주주의인민공화국 외무성 대변인",
    ],
)
def test_other_languages_are_noticed(text):
    assert is_foreign(text)
