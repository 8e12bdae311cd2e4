"""The emoji that people write by name, between colons."""

# Names of GitHub's, the most common ones.
NAMES = dict(
    pair.split("=")
    for pair in """
    +1=👍 -1=👎 100=💯 airplane=✈️ alarm_clock=⏰ alien=👽 angry=😠 apple=🍎 arrow_down=⬇️ arrow_left=⬅️
    arrow_right=➡️ arrow_up=⬆️ art=🎨 baby=👶 balloon=🎈 bangbang=‼️ bar_chart=📊 bear=🐻 beer=🍺 beers=🍻
    bell=🔔 bike=🚲 birthday=🎂 blue_heart=💙 blush=😊 book=📖 bookmark=🔖 books=📚 boom=💥 broken_heart=💔
    bug=🐛 bulb=💡 cake=🍰 calendar=📆 camera=📷 car=🚗 cat=🐱 champagne=🍾 chart_with_upwards_trend=📈
    checkered_flag=🏁 clap=👏 clipboard=📋 clock=🕰️ cloud=☁️ coffee=☕ collision=💥 computer=💻 confetti_ball=🎊
    confounded=😖 confused=😕 construction=🚧 cookie=🍪 cool=🆒 cry=😢 crying_cat_face=😿 dancer=💃 dart=🎯
    disappointed=😞 dizzy=💫 dog=🐶 dragon=🐉 earth_africa=🌍 earth_americas=🌎 earth_asia=🌏 email=✉️
    envelope=✉️ exclamation=❗ expressionless=😑 eyes=👀 facepalm=🤦 fearful=😨 fire=🔥 fireworks=🎆 fish=🐟
    flushed=😳 four_leaf_clover=🍀 frowning=😦 gem=💎 ghost=👻 gift=🎁 globe_with_meridians=🌐 green_heart=💚
    grimacing=😬 grin=😁 grinning=😀 hammer=🔨 handshake=🤝 heart=❤️ heart_eyes=😍 hearts=♥️ heavy_check_mark=✔️
    heavy_exclamation_mark=❗ house=🏠 hugs=🤗 hushed=😯 information_source=ℹ️ innocent=😇 joy=😂 key=🔑 kiss=💋
    kissing_heart=😘 laughing=😆 leaves=🍃 link=🔗 lock=🔒 loudspeaker=📢 mag=🔍 mailbox=📫 mega=📣 memo=📝
    metal=🤘 money_with_wings=💸 moneybag=💰 monkey=🐒 moon=🌔 mortar_board=🎓 mountain=⛰️ muscle=💪
    musical_note=🎵 neutral_face=😐 nerd_face=🤓 no_entry=⛔ notebook=📓 notes=🎶 ocean=🌊 ok=🆗 ok_hand=👌
    open_mouth=😮 package=📦 page_facing_up=📄 palm_tree=🌴 panda_face=🐼 paperclip=📎 partying_face=🥳
    pencil=📝 pencil2=✏️ penguin=🐧 pensive=😔 phone=☎️ pig=🐷 pizza=🍕 point_down=👇 point_left=👈
    point_right=👉 point_up=☝️ poop=💩 pray=🙏 purple_heart=💜 pushpin=📌 question=❓ rabbit=🐰 rage=😡
    rainbow=🌈 raised_hands=🙌 recycle=♻️ red_circle=🔴 relaxed=☺️ relieved=😌 robot=🤖 rocket=🚀 rofl=🤣
    roll_eyes=🙄 rose=🌹 running=🏃 satellite=📡 scream=😱 seedling=🌱 see_no_evil=🙈 ship=🚢 shipit=🐿️ shrug=🤷
    skull=💀 sleeping=😴 sleepy=😪 slightly_smiling_face=🙂 smile=😄 smiley=😃 smirk=😏 snail=🐌 snake=🐍
    snowflake=❄️ snowman=⛄ sob=😭 sparkles=✨ sparkling_heart=💖 speech_balloon=💬 star=⭐ star2=🌟
    star_struck=🤩 stuck_out_tongue=😛 stuck_out_tongue_winking_eye=😜 sun_with_face=🌞 sunflower=🌻
    sunglasses=😎 sunny=☀️ sunrise=🌅 sweat=😓 sweat_drops=💦 sweat_smile=😅 tada=🎉 tea=🍵 telescope=🔭
    thinking=🤔 thought_balloon=💭 thumbsdown=👎 thumbsup=👍 tired_face=😫 tongue=👅 tools=🛠️ tophat=🎩
    triangular_flag_on_post=🚩 trophy=🏆 tulip=🌷 turtle=🐢 two_hearts=💕 umbrella=☔ unamused=😒 unicorn=🦄
    unlock=🔓 upside_down_face=🙃 v=✌️ warning=⚠️ watch=⌚ wave=👋 weary=😩 whale=🐳 white_check_mark=✅
    wine_glass=🍷 wink=😉 worried=😟 wrench=🔧 x=❌ yellow_heart=💛 yum=😋 zap=⚡ zzz=💤
    """.split()
)
