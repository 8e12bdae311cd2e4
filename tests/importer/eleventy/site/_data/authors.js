// The site itself reads its authors here, since Eleventy knows no YAML by itself.
export default {
	mara: { name: "Mara Lind", website: "https://mara.example/" },
	jonas: { name: "Jonas Berg", role: "Pilot" },
};
